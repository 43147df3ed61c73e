package io.gotthard.contracts;

import java.util.Map;

/**
 * One request on the bus: who asks for what. Immutable; inside a JVM it travels by reference, so after sending: hands off.
 *
 * @param id names the dialogue, unique among all nodes; what a cancellation refers to
 * @param requestId the {@code x-request-id} that the client and the logs know; a client may choose it, so it is not unique
 * @param caller who asks
 * @param address the network address that the request came from, or an empty text if it did not come from outside
 * @param parameters path, query and header parameters, decoded; headers by their names in lower case
 * @param body the JSON body, or null if the operation has none
 */
public record Call(
        String id, String requestId, Caller caller, String address, Map<String, String> parameters, JsonBody body) {

    /** A call that did not come from outside. */
    public Call(String id, String requestId, Caller caller, Map<String, String> parameters, JsonBody body) {
        this(id, requestId, caller, "", parameters, body);
    }
}
