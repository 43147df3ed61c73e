package io.gotthard.router;

import io.gotthard.contracts.Answer;
import io.vertx.core.http.HttpMethod;
import java.util.Locale;
import java.util.Map;

/**
 * One operation of a contract: all the router has to know to serve it.
 *
 * @param id the {@code operationId}, unique in its contract
 * @param method the HTTP method
 * @param path the path as in the contract, parameters in braces: {@code /v1/models/{model}}
 * @param greedy whether the last path parameter is the rest of the path, slashes included
 * @param address the event-bus address that answers: {@code <verticle>.<operationId>}
 * @param requires what it needs of its caller
 * @param parameters checks the parameters in path, query and header
 * @param body checks a JSON body or what is in a form, or null if the operation takes none
 * @param form whether the body is a form with files, and no JSON
 * @param bodyRequired whether there must be a body
 * @param streams whether it can answer as server-sent events
 * @param streamsByDefault whether a body that says nothing of a stream asks for one
 * @param namesModel whether the body must name a model; if it need not, what it says there is of no concern
 * @param summary what it does, for people
 */
record Operation(
        String id,
        HttpMethod method,
        String path,
        boolean greedy,
        String address,
        Requirement requires,
        Parameters parameters,
        Schema body,
        boolean form,
        boolean bodyRequired,
        boolean streams,
        boolean streamsByDefault,
        boolean namesModel,
        String summary) {

    private static final String FORM = "multipart/form-data";

    /** Reads the operation at {@code definition}, which belongs to {@code path} and {@code method}. */
    static Operation of(Definition document, Definition path, String pattern, String method) {
        Definition operation = path.child(method);
        String id = operation.text("operationId");
        String address = operation.text("x-vertx-event-bus");
        if (!address.matches("[a-z]+\\." + id)) {
            throw operation.fault("x-vertx-event-bus must be <verticle>." + id + ", not " + address);
        }
        Schema body = null;
        boolean form = false;
        boolean bodyRequired = false;
        boolean streamsByDefault = false;
        boolean namesModel = false;
        if (operation.has("requestBody")) {
            Definition requestBody = operation.child("requestBody");
            bodyRequired = Boolean.TRUE.equals(requestBody.json().get("required"));
            Definition content = requestBody.child("content");
            form = content.has(FORM);
            if (form || content.has(Answer.JSON)) {
                Definition given = content.child(form ? FORM : Answer.JSON).child("schema");
                body = Schema.compile(document.json(), given.where());
                Definition schema = Parameters.resolve(document, given);
                streamsByDefault = streamsByDefault(schema);
                namesModel = schema.texts("required").contains("model");
            }
        }
        return new Operation(
                id,
                HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)),
                pattern,
                greedy(document, path, pattern) || greedy(document, operation, pattern),
                address,
                Requirement.of(operation, pattern),
                Parameters.of(document, path, operation),
                body,
                form,
                bodyRequired,
                streams(operation),
                streamsByDefault,
                namesModel,
                operation.text("summary"));
    }

    /** The path as a regular expression with a named group for each parameter. */
    String pathPattern() {
        var pattern = path.replaceAll("\\{([A-Za-z]+)}", "(?<$1>[^/]+)");
        return greedy ? pattern.substring(0, pattern.lastIndexOf("[^/]+)")) + ".+)" : pattern;
    }

    /** Whether this request's body asks for a stream, be it by saying nothing. */
    boolean streams(Map<String, Object> fields) {
        var stream = fields.get("stream");
        return stream == null ? streamsByDefault : Boolean.TRUE.equals(stream);
    }

    private static boolean streamsByDefault(Definition schema) {
        var stream = schema.children("properties").get("stream");
        return stream != null && Boolean.TRUE.equals(stream.json().get("default"));
    }

    private static boolean greedy(Definition document, Definition owner, String pattern) {
        for (Definition given : owner.list("parameters")) {
            Definition parameter = Parameters.resolve(document, given);
            if (Boolean.TRUE.equals(parameter.json().get("x-slashes"))) {
                if (!pattern.endsWith("/{" + parameter.text("name") + "}")) {
                    throw parameter.fault("x-slashes is only possible for a parameter at the end of the path");
                }
                return true;
            }
        }
        return false;
    }

    private static boolean streams(Definition operation) {
        return operation.children("responses").values().stream()
                .anyMatch(response -> response.children("content").containsKey("text/event-stream"));
    }
}
