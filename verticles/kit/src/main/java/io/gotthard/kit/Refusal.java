package io.gotthard.kit;

import io.gotthard.contracts.Failure;
import io.vertx.pgclient.PgException;
import java.util.function.Function;

/** What is refused because of what is in the database, and what the database's own refusals mean to who asked. */
public final class Refusal {

    private Refusal() {}

    /** 404: there is none, or none that the asker may know of: the two can't be told apart. */
    public static Failure notFound(String what) {
        return Failure.refused(404, "not_found", "There is no such " + what + ", or you do not have access to it.");
    }

    /** 409: it does not fit what is there. */
    public static Failure conflict(String code, String message) {
        return Failure.refused(409, code, message);
    }

    /**
     * A verticle's words first, then those that hold for all; the same exception if it is none of the database's, or one that must not
     * happen.
     *
     * @param own what the rules of a verticle's schema mean, or null for what is none of them
     */
    static RuntimeException of(RuntimeException cause, Function<PgException, Failure> own) {
        if (!(cause instanceof PgException refused)) {
            return cause;
        }
        var failure = own.apply(refused);
        return failure == null ? usual(refused) : failure;
    }

    private static RuntimeException usual(PgException cause) {
        return switch (cause.getSqlState()) {
            case "23503" -> conflict("in_use", "This is still used by something else, or what it refers to is gone.");
            case "22021" -> Failure.invalid(null, "A text has a character that can't be stored.");
            case "40P01", "40001", "55P03", "57014" ->
                Failure.unavailable("Others are changing the same at the moment. Try again.");
            case null, default -> cause;
        };
    }
}
