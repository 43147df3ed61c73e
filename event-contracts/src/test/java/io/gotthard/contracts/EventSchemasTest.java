package io.gotthard.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every event's record, its schema and its examples say the same. */
class EventSchemasTest {

    private static final Path FOLDER = Path.of("schemas/events");
    private static final String BASE = "https://example.com/";
    private static final Map<String, JsonObject> SCHEMAS = new TreeMap<>();

    private static Vertx vertx;
    private static SchemaRepository repository;

    @BeforeAll
    static void read() throws IOException {
        vertx = Vertx.vertx();
        repository = SchemaRepository.create(new JsonSchemaOptions()
                .setBaseUri(BASE)
                .setDraft(Draft.DRAFT202012)
                .setOutputFormat(OutputFormat.Basic));
        repository.preloadMetaSchema(vertx.fileSystem(), Draft.DRAFT202012);
        try (var files = Files.list(FOLDER)) {
            for (var file : files.toList()) {
                var schema = new JsonObject(Files.readString(file));
                var name = file.getFileName().toString();
                assertThat(schema.getString("$id")).isEqualTo(name);
                repository.dereference(BASE + name, JsonSchema.of(schema));
                SCHEMAS.put(name.replace(".json", ""), schema);
            }
        }
        assertThat(SCHEMAS.remove("event")).isNotNull();
    }

    @AfterAll
    static void close() {
        vertx.close().await();
    }

    static Set<String> types() {
        return EventShape.types();
    }

    private static OutputUnit check(String type, JsonObject event) {
        return repository.validator(BASE + type + ".json").validate(event);
    }

    private static JsonObject data(String type) {
        return SCHEMAS.get(type).getJsonObject("properties").getJsonObject("data");
    }

    @Test
    void there_is_a_schema_for_each_record_and_a_record_for_each_schema() {
        assertThat(SCHEMAS.keySet()).containsExactlyInAnyOrderElementsOf(EventShape.types());
        assertThat(EventShape.types()).hasSize(EventData.class.getPermittedSubclasses().length);
    }

    @Test
    void every_schema_is_in_the_event_contract_and_in_the_channel_of_a_thread() throws IOException {
        var contract = Files.readString(Path.of("asyncapi.yaml"));
        for (var type : EventShape.types()) {
            assertThat(contract)
                    .contains("payload: {$ref: schemas/events/" + type + ".json}")
                    .contains("      " + type + ": {$ref: '#/components/messages/");
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void a_schema_says_what_it_is_of_and_has_the_members_of_the_record(String type) {
        var schema = SCHEMAS.get(type);
        assertThat(schema.getString("title")).matches(type.replace(".", "\\.") + ", version [0-9]+");
        assertThat(schema.getString("description")).endsWith(".");
        assertThat(schema.getString("x-kind"))
                .isEqualTo(EventShape.of(type).kind().text());
        assertThat(schema.getJsonObject("properties").getJsonObject("type").getString("const"))
                .isEqualTo(type);
        assertThat(data(type).getJsonObject("properties").fieldNames())
                .containsExactlyInAnyOrderElementsOf(EventShape.of(type).members());
        for (var member : data(type).getJsonObject("properties")) {
            assertThat(((JsonObject) member.getValue()).getString("description"))
                    .as(member.getKey())
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void an_example_is_as_the_schema_says_and_goes_through_the_record_unchanged(String type) {
        var examples = SCHEMAS.get(type).getJsonArray("examples");
        assertThat(examples).isNotEmpty();
        var shown = new TreeSet<String>();
        for (var example : examples) {
            var event = (JsonObject) example;
            assertThat(check(type, event).getValid()).as(event.encode()).isTrue();
            var read = Event.of(event);
            assertThat(read.json()).isEqualTo(event);
            var data = EventData.of(type, read.data());
            assertThat(data.type()).isEqualTo(type);
            assertThat(data.json()).isEqualTo(read.data());
            shown.addAll(read.data().fieldNames());
        }
        assertThat(shown).as("members that examples show").containsAll(required(type));
    }

    private static List<String> required(String type) {
        return data(type).getJsonArray("required", new JsonArray()).stream()
                .map(String.class::cast)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("types")
    void what_the_schema_wants_the_record_wants_and_what_it_does_not_is_refused(String type) {
        for (var name : required(type)) {
            assertThat(check(type, broken(type, data -> data.remove(name))).getValid())
                    .as("%s without %s", type, name)
                    .isFalse();
        }
        for (var component : recordOf(type).getRecordComponents()) {
            var name = component.getName().replaceAll("(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
            if (component.getType().isPrimitive()) {
                assertThat(required(type)).contains(name);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> EventData.of(
                                type, broken(type, data -> data.remove(name)).getJsonObject("data")))
                        .withMessageContaining(name);
            }
            if (component.getType() != Object.class) {
                var wrong = broken(type, data -> data.put(name, component.getType() == String.class ? 1 : "x"));
                assertThat(check(type, wrong).getValid())
                        .as("%s: %s", type, name)
                        .isFalse();
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> EventData.of(type, wrong.getJsonObject("data")))
                        .withMessageContaining(name);
            }
        }
    }

    private static Class<?> recordOf(String type) {
        return Arrays.stream(EventData.class.getPermittedSubclasses())
                .filter(record -> EventShape.of(record).type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static JsonObject broken(String type, Consumer<JsonObject> change) {
        var event = SCHEMAS.get(type).getJsonArray("examples").getJsonObject(0).copy();
        change.accept(event.getJsonObject("data"));
        return event;
    }

    @Test
    void what_a_reader_does_not_know_is_passed_over() {
        var data = new JsonObject().put("message_id", "m").put("text", "t").put("later", 1);
        assertThat(EventData.of("chunk.added", data)).isEqualTo(new EventData.ChunkAdded("m", "t"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventData.of("chunk.eaten", data))
                .withMessageContaining("chunk.eaten");
    }

    @Test
    void work_depends_on_control_events_only() {
        assertThat(EventShape.types().stream()
                        .filter(type -> EventShape.of(type).kind() == EventShape.Kind.DISPLAY)
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(
                        "chunk.added",
                        "thought.added",
                        "message.dropped",
                        "usage.recorded",
                        "error.occurred",
                        "title.suggested",
                        "follow_ups.suggested",
                        "custom.reported");
    }
}
