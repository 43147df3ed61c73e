package io.gotthard.accounts;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Refusal;
import io.vertx.pgclient.PgException;

/** What it means that a rule of the schema is broken. The rules that must hold at all times are kept there. */
final class AccountRules {

    private AccountRules() {}

    /** Null if it is none of them. */
    static Failure broken(PgException cause) {
        return switch (cause.getSqlState()) {
            case "GK001" ->
                Refusal.conflict("last_administrator", "There must be an active administrator; this is the last one.");
            case "GK002" ->
                Refusal.conflict(
                        "too_many_keys",
                        "An account can have 20 active keys. Revoke one, or rotate without an overlap.");
            case "GK003" ->
                Refusal.conflict("role_cycle", "The role would include itself, directly or through others.");
            case "23505" -> taken(cause);
            case null, default -> null;
        };
    }

    private static Failure taken(PgException cause) {
        return switch (cause.getConstraint()) {
            case "accounts_email" ->
                Refusal.conflict("email_taken", "There is an account with this e-mail address already.");
            case "tenants_name" -> Refusal.conflict("name_taken", "There is a tenant with this name already.");
            case "roles_name" -> Refusal.conflict("name_taken", "There is a role with this name already.");
            case null, default -> null;
        };
    }
}
