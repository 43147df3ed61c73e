package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Refusal;
import io.vertx.pgclient.PgException;

/** What it means that a rule of the schema is broken. The rules that must hold at all times are kept there. */
final class LedgerRules {

    private LedgerRules() {}

    /** Null if it is none of them. */
    static Failure broken(PgException cause) {
        return switch (cause.getConstraint()) {
            case "ledger_accounts_owner" ->
                Refusal.conflict("wallet_exists", "Who this wallet is for has one already.");
            case "balances_check" ->
                Refusal.conflict("insufficient_balance", "The wallet does not have so much money.");
            case "transfers_kind_reference_key" ->
                Refusal.conflict("reference_used", "Something else was done with this reference already.");
            case "prices_model" ->
                Refusal.conflict("price_exists", "The model has a price that begins at the same moment.");
            case "limits_once" ->
                Refusal.conflict("limit_exists", "There is a limit of the same kind already; change its amount.");
            case null, default -> null;
        };
    }
}
