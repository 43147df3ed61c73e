package io.gotthard.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Page;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Codes that are good for money, once. A code has 120 random bits and is shown when it is made; kept is its hash, so that nobody finds
 * codes in the database.
 */
final class Vouchers {

    private static final String PREFIX = "vou_";

    private Vouchers() {}

    private static JsonObject json(Row row) {
        var wallet = row.getInteger("wallet");
        return new JsonObject()
                .put("id", PREFIX + row.getLong("id"))
                .put("amount", Money.text(row.getLong("amount")))
                .put("note", row.getString("note"))
                .put("expires_at", Times.text(row, "expires_at"))
                .put("created_at", Times.text(row, "created_at"))
                .put("redeemed_at", Times.text(row, "redeemed_at"))
                .put("wallet", wallet == null ? null : Wallets.name(wallet));
    }

    static Answer list(Work work) {
        work.requireSystem();
        var page = work.page();
        var rows = work.run(
                "select * from metering.vouchers where id > $1 order by id limit $2",
                number(page.after()),
                page.rows());
        return Work.ok(page.json(rows, Vouchers::json));
    }

    private static long number(String after) {
        if (after.isEmpty()) {
            return 0;
        }
        try {
            return Long.parseLong(after.substring(Math.min(PREFIX.length(), after.length())));
        } catch (NumberFormatException e) {
            throw Page.badAfter();
        }
    }

    static Answer create(Work work) {
        work.requireSystem();
        var body = work.body();
        long amount = TopUps.positive(body.text("amount"));
        var note = body.text("note") == null ? "" : body.name("note");
        var expires = body.future("expires_at");
        var made = new JsonArray();
        for (long i = body.number("count", 1); i > 0; i--) {
            var code = Ids.next("voucher");
            var voucher = json(work.one(
                    """
                    insert into metering.vouchers (hash, amount, note, expires_at, created_by)
                    values ($1, $2, $3, $4, $5) returning *
                    """, hash(code), amount, note, expires, work.caller().account()));
            work.changed("createVouchers", null, voucher.getString("id"), null, voucher.copy());
            made.add(voucher.put("code", code));
        }
        return Work.ok(new JsonObject().put("data", made));
    }

    static Answer redeem(Work work) {
        var wallet = Wallets.find(work);
        Wallets.requireOpen(wallet);
        var hash = hash(work.body().text("code"));
        // Of many at once one gets it; the others wait for that, and then find it redeemed.
        var voucher = work.one("""
            update metering.vouchers set redeemed_at = now(), redeemed_by = $2, wallet = $3
            where hash = $1 and redeemed_at is null and (expires_at is null or expires_at > now())
            returning id, amount
            """, hash, work.caller().account(), wallet.getInteger("id"));
        if (voucher == null) {
            throw refusal(work, hash);
        }
        return Work.ok(TopUps.take(
                work,
                "voucher",
                wallet,
                voucher.getLong("amount"),
                PREFIX + voucher.getLong("id"),
                "",
                "redeemVoucher"));
    }

    private static Failure refusal(Work work, Buffer hash) {
        var known = work.one("select redeemed_at from metering.vouchers where hash = $1", hash);
        if (known == null) {
            return Refusal.notFound("voucher");
        }
        return known.getOffsetDateTime("redeemed_at") == null
                ? Refusal.conflict("voucher_expired", "The voucher has expired.")
                : Refusal.conflict("voucher_redeemed", "The voucher was redeemed before.");
    }

    private static Buffer hash(String code) {
        try {
            return Buffer.buffer(
                    MessageDigest.getInstance("SHA-256").digest(code.strip().getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
