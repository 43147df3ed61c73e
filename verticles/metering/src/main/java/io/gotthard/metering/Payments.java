package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Transaction;
import io.vertx.core.json.JsonObject;

/**
 * What a payment provider tells: that somebody paid for a wallet. Whoever signs with the secret is believed, and nobody else; before
 * that nothing is looked up. An event counts once, by its id, however often it is sent.
 */
final class Payments {

    private static final String SUCCEEDED = "payment.succeeded";

    private final Signature signature;
    private final String currency;
    private final Transaction.Settings transactions;

    /**
     * Takes payments.
     *
     * @param secret what the provider signs with, or null if there is none
     * @param currency the only one that is taken
     */
    Payments(String secret, String currency, Transaction.Settings transactions) {
        this.signature = secret == null ? null : new Signature(secret, System::currentTimeMillis);
        this.currency = currency;
        this.transactions = transactions;
    }

    Answer take(Call call) {
        if (signature == null) {
            throw Failure.refused(404, "not_found", "No payment provider is configured.");
        }
        if (!signature.isOf(
                call.parameters().get("gotthard-signature"), call.body().bytes())) {
            throw Failure.refused(401, "invalid_signature", "The signature is missing, wrong or too old.");
        }
        return Work.in(transactions, call, this::take);
    }

    private Answer take(Work work) {
        var body = work.body();
        // The provider tells of other things as well; it would send them again and again if they were refused.
        boolean credited = SUCCEEDED.equals(body.text("type"));
        if (credited) {
            credit(work);
        }
        return Work.ok(new JsonObject().put("received", true).put("credited", credited));
    }

    private void credit(Work work) {
        var body = work.body();
        if (!currency.equals(body.text("currency"))) {
            throw Failure.invalid("currency", "Wallets are in " + currency + ".");
        }
        var wallet = work.one("""
            select * from metering.ledger_accounts where id = $1 and owner is not null for no key update
            """, Wallets.number(body.text("wallet")));
        if (wallet == null) {
            throw Refusal.notFound("wallet");
        }
        Wallets.requireOpen(wallet);
        TopUps.take(work, "payment", wallet, TopUps.positive(body.text("amount")), body.name("id"), "", "takePayment");
    }
}
