package io.gotthard.router;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * One surface of the HTTP API, as its OpenAPI file declares it. Immutable, so all instances of the router can share
 * one; only {@link #openapi()} belongs to Vert.x.
 */
final class Contract {
    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch", "head", "options");

    private final String name;
    private final Map<String, Object> document;
    private final List<Operation> operations;
    private final OpenAPIContract openapi;

    private Contract(String name, Map<String, Object> document, List<Operation> operations, OpenAPIContract openapi) {
        this.name = name;
        this.document = document;
        this.operations = operations;
        this.openapi = openapi;
    }

    /**
     * Reads a contract from the classpath, compiles the schemas of its bodies and has Vert.x check the document.
     *
     * @param resource for example {@code openapi/openai.yaml}
     * @return fails with the resource, the place in it and the reason if the file is missing, is no YAML 1.2, is no
     *     valid OpenAPI 3.1, lacks something the router needs or has a body schema that cannot be checked in full
     */
    static Future<Contract> load(Vertx vertx, String resource) {
        return vertx.executeBlocking(() -> read(resource))
                .compose(document -> {
                    Definition root = new Definition(document, "#");
                    List<Operation> operations = operations(root);
                    return OpenAPIContract.from(vertx, withoutAnswers(document))
                            .map(openapi -> new Contract(baseName(resource), document, operations, openapi));
                })
                .recover(fault ->
                        Future.failedFuture(new IllegalArgumentException(resource + ": " + reasons(fault), fault)));
    }

    /** The file's name without folder and ending, under which the document is served: {@code openai}. */
    String name() {
        return name;
    }

    /** The contract's own title. */
    String title() {
        return new Definition(document, "#").child("info").text("title");
    }

    /** The complete document, as JSON for people and their tools. */
    Buffer json() {
        return new JsonObject(document).toBuffer();
    }

    /** All operations, in the order of the file. */
    List<Operation> operations() {
        return operations;
    }

    /** The document as Vert.x understands it. It says nothing of what answers contain, and Vert.x keeps notes in it. */
    OpenAPIContract openapi() {
        return openapi;
    }

    /** Compiles a schema of this document, say that of an answer. */
    Schema schema(String pointer) {
        return Schema.compile(document, pointer);
    }

    private static List<Operation> operations(Definition document) {
        List<Operation> operations = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        document.children("paths").forEach((pattern, path) -> {
            for (String method : METHODS) {
                if (path.has(method)) {
                    Operation operation = Operation.of(document, path, pattern, method);
                    if (!ids.add(operation.id())) {
                        throw path.child(method).fault("there is another operation " + operation.id());
                    }
                    operations.add(operation);
                }
            }
        });
        return List.copyOf(operations);
    }

    /**
     * A copy of the document without the contents of answers, because Vert.x refuses a document that names a content type it could
     * not validate, such as {@code text/event-stream}; and without what it says of credentials, which are checked before: of several
     * that will do, Vert.x would want one all the same.
     */
    private static JsonObject withoutAnswers(Map<String, Object> document) {
        JsonObject copy = new JsonObject(new JsonObject(document).toBuffer());
        copy.remove("security");
        Definition root = new Definition(copy.getMap(), "#");
        root.children("paths")
                .values()
                .forEach(path ->
                        METHODS.stream().filter(path::has).forEach(method -> removeContents(path.child(method))));
        if (root.has("components")) {
            removeContents(root.child("components"));
        }
        return copy;
    }

    private static void removeContents(Definition owner) {
        owner.children("responses").values().forEach(response -> response.json().remove("content"));
    }

    private static Map<String, Object> read(String resource) throws IOException {
        try (InputStream file = Contract.class.getClassLoader().getResourceAsStream(resource)) {
            if (file == null) {
                throw new IllegalArgumentException("there is no such file on the classpath");
            }
            LoadSettings settings = LoadSettings.builder()
                    .setLabel(resource)
                    .setSchema(new CoreSchema())
                    .build();
            return object(new Load(settings).loadFromInputStream(file), "#");
        }
    }

    /** The same object, once it is certain that all keys in it are texts: {@code 200:} is a number in YAML. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value, String where) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException(where + ": expected an object");
        }
        requireTexts(map, where);
        return (Map<String, Object>) map;
    }

    private static void requireTexts(Object value, String where) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, child) -> {
                if (!(key instanceof String text)) {
                    throw new IllegalArgumentException(where + ": the key " + key + " must be in quotes");
                }
                requireTexts(child, where + "/" + Definition.escape(text));
            });
        } else if (value instanceof List<?> list) {
            list.forEach(child -> requireTexts(child, where + "/-"));
        }
    }

    /** Vert.x says only in the causes what is invalid. */
    private static String reasons(Throwable fault) {
        return Stream.iterate(fault, Objects::nonNull, Throwable::getCause)
                .map(Throwable::getMessage)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("; "));
    }

    private static String baseName(String resource) {
        return resource.substring(resource.lastIndexOf('/') + 1, resource.lastIndexOf('.'));
    }
}
