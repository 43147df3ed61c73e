package io.gotthard.kit;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;

/**
 * What the HTTP door lends to who speaks another protocol behind it: the same rights and the same checks as those of its own operations.
 * To be used on the event loop for which it was made.
 */
public interface Lobby {

    /**
     * What a request shows of who it is from: its header {@code Authorization}, or the cookie of a browser's session; null if neither.
     *
     * @throws Failure 401 if the header is none of ours
     */
    Credential credential(HttpServerRequest request);

    /**
     * Checks that a caller has what the contract says that an operation requires.
     *
     * @throws Failure 403 if not, and 503 if there is no such operation
     */
    void check(String operationId, Caller caller, Map<String, String> parameters);

    /**
     * Asks an operation of the contract, as if the call had come over HTTP: what it requires of the caller and what its body must be are
     * checked. Path parameters are the asker's to check.
     */
    Future<Answer> ask(String operationId, Call call);

    /** The address under which pages of this site reach us: scheme, host and port; null if what this request says can't be believed. */
    String origin(HttpServerRequest request);

    /** Is called when the door begins to close, before it waits for what is under way. */
    void beforeStop(Runnable action);
}
