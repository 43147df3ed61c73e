package io.gotthard.contracts;

/**
 * The event {@code router.request.finished}: a request was answered, refused or left by its client. Published in the JVM that
 * served it, by reference, for whoever counts; what must last is theirs to write.
 *
 * @param requestId the {@code x-request-id}
 * @param operation the operation's id, or null if the request got to none
 * @param caller who asked, or null if the router could not tell
 * @param model the model that was asked for, or null
 * @param status the HTTP status; 499 if the client left
 * @param durationNanos from the request's headers to the last byte of the answer
 * @param usage what was consumed, or null if nothing was or nobody knows
 */
public record Finished(
        String requestId, String operation, Caller caller, String model, int status, long durationNanos, Usage usage) {

    /** Where it is published. */
    public static final String ADDRESS = "router.request.finished";
}
