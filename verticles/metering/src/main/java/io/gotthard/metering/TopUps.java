package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import java.math.BigDecimal;
import java.util.regex.Pattern;

/** Money that comes into wallets. Each time has a reference, and happens once for that, however often it is asked for. */
final class TopUps {

    private static final String TOO_LARGE = "22003";
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,12}(\\.[0-9]{1,9})?");
    private static final BigDecimal MOST = BigDecimal.valueOf(1_000_000_000);

    private TopUps() {}

    /** By hand of a system administrator. */
    static Answer topUp(Work work) {
        work.requireSystem();
        var wallet = Wallets.find(work);
        Wallets.requireOpen(wallet);
        var body = work.body();
        long amount = positive(body.text("amount"));
        var note = body.text("note") == null ? "" : body.name("note");
        return Work.ok(take(work, "top_up", wallet, amount, body.name("reference"), note, "topUpWallet"));
    }

    /** @throws Failure 400 if it is no amount of money, or none that is more than nothing */
    static long positive(String amount) {
        long nanos = nanos("amount", amount);
        if (nanos == 0) {
            throw Failure.invalid("amount", "'amount' must be more than 0.");
        }
        return nanos;
    }

    /**
     * Nanos of a decimal that is not negative.
     *
     * @throws Failure 400 if it is none, has more than nine decimals, or is more than a billion
     */
    static long nanos(String field, String decimal) {
        if (decimal == null || !DECIMAL.matcher(decimal).matches()) {
            throw Failure.invalid(
                    field,
                    "'" + field + "' must be a decimal like \"12.50\", with at most nine digits after the point.");
        }
        var amount = new BigDecimal(decimal);
        if (amount.compareTo(MOST) > 0) {
            throw Failure.invalid(field, "'" + field + "' can be at most " + MOST + ".");
        }
        return Money.nanos(amount);
    }

    /**
     * Puts money into a wallet, once.
     *
     * @param kind a kind of transfers
     * @param reference by which it is known whether it was done before
     * @param action the operation's id
     * @throws Failure 409 if something else was done with this reference, 400 if nobody could count so much money
     */
    static JsonObject take(
            Work work, String kind, Row wallet, long amount, String reference, String note, String action) {
        int id = wallet.getInteger("id");
        Row moved;
        try {
            moved = work.one(
                    "select * from metering.transfer($1, metering.house('funding'), $2, $3, $4, $5, $6)",
                    kind,
                    id,
                    amount,
                    reference,
                    work.caller().account(),
                    note);
        } catch (RuntimeException e) {
            if (e instanceof PgException refused && TOO_LARGE.equals(refused.getSqlState())) {
                throw Failure.invalid("amount", "That would be more money than can be counted.");
            }
            throw e;
        }
        if (moved.getLong("id") == null) {
            throw Refusal.conflict("reference_used", "Something else was done with this reference already.");
        }
        var transfer = new JsonObject()
                .put("id", "trf_" + moved.getLong("id"))
                .put("wallet", Wallets.name(id))
                .put("kind", kind)
                .put("amount", Money.text(amount))
                .put("reference", reference)
                .put("at", Times.text(moved, "at"));
        if (moved.getBoolean("new")) {
            work.changed(action, wallet.getString("tenant"), Wallets.name(id), null, transfer);
        }
        return transfer;
    }
}
