package io.gotthard.accounts;

import io.gotthard.contracts.Failure;
import io.vertx.pgclient.PgException;

/** What a refusal of the database means to who asked. The rules that must hold at all times are kept there. */
final class Refusal {

    private Refusal() {}

    /** There is none, or none that the asker may know of: the two can't be told apart. */
    static Failure notFound(String what) {
        return Failure.refused(404, "not_found", "There is no such " + what + ", or you do not have access to it.");
    }

    static Failure conflict(String code, String message) {
        return Failure.refused(409, code, message);
    }

    /** The same exception if it is none of the database's, or one that must not happen. */
    static RuntimeException of(RuntimeException cause) {
        return cause instanceof PgException refused ? of(refused) : cause;
    }

    private static RuntimeException of(PgException cause) {
        return switch (cause.getSqlState()) {
            case "GK001" ->
                conflict("last_administrator", "There must be an active administrator; this is the last one.");
            case "GK002" ->
                conflict(
                        "too_many_keys",
                        "An account can have 20 active keys. Revoke one, or rotate without an overlap.");
            case "GK003" -> conflict("role_cycle", "The role would include itself, directly or through others.");
            case "23505" -> taken(cause);
            case "23503" -> conflict("in_use", "This is still used by something else, or what it refers to is gone.");
            case "22021" -> Failure.invalid(null, "A text has a character that can't be stored.");
            case "40P01", "40001", "55P03", "57014" ->
                Failure.unavailable("Others are changing the same at the moment. Try again.");
            default -> cause;
        };
    }

    private static RuntimeException taken(PgException cause) {
        return switch (cause.getConstraint()) {
            case "accounts_email" -> conflict("email_taken", "There is an account with this e-mail address already.");
            case "tenants_name" -> conflict("name_taken", "There is a tenant with this name already.");
            case "roles_name" -> conflict("name_taken", "There is a role with this name already.");
            case null, default -> cause;
        };
    }
}
