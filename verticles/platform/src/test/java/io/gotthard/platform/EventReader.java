package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Follows the events of a thread over HTTP, as a browser does. No reading takes longer than 20 seconds. */
final class EventReader implements AutoCloseable {

    private final RawClient connection;
    private final RawAnswer head;
    private final StringBuilder text = new StringBuilder();
    private final Deque<JsonObject> events = new ArrayDeque<>();
    private int comments;
    private boolean ended;

    private EventReader(RawClient connection) {
        this.connection = connection;
        this.head = connection.bodilessAnswer();
    }

    /** @param headers lines of the head such as {@code Last-Event-ID: 7} */
    static EventReader open(Hub hub, String thread, String query, String... headers) {
        return new EventReader(RawClient.to(hub.url()).send(request(hub, thread, query, headers)));
    }

    static String request(Hub hub, String thread, String query, String... headers) {
        var path = "/api/v1/threads/" + thread + "/events/stream" + query;
        var lines = new ArrayList<>(List.of(headers));
        lines.add("Authorization: Bearer " + hub.key());
        return RawClient.bare("GET", path, lines.toArray(String[]::new));
    }

    /** From somebody who asked already and has read nothing yet. */
    static EventReader of(RawClient connection) {
        return new EventReader(connection);
    }

    int status() {
        return head.status();
    }

    String header(String name) {
        return head.headers().get(name);
    }

    /** The body of what is no stream. */
    String body() {
        return connection.exactly(Integer.parseInt(header("content-length")));
    }

    /** The next event, or null at the end of the stream. */
    JsonObject next() {
        while (events.isEmpty() && !ended) {
            read();
        }
        return events.poll();
    }

    /** So many events. */
    List<JsonObject> next(int count) {
        var found = new ArrayList<JsonObject>();
        while (found.size() < count) {
            var event = next();
            assertThat(event).as("event %d of %d", found.size() + 1, count).isNotNull();
            found.add(event);
        }
        return found;
    }

    /** All events up to the end of the stream. */
    List<JsonObject> rest() {
        var found = new ArrayList<JsonObject>();
        for (var event = next(); event != null; event = next()) {
            found.add(event);
        }
        return found;
    }

    /** Reads until there was a comment. */
    void awaitComment() {
        while (comments == 0 && !ended) {
            read();
        }
        assertThat(comments).isPositive();
    }

    private void read() {
        var chunk = connection.chunk();
        ended = chunk.isEmpty();
        text.append(chunk);
        for (int end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
            block(text.substring(0, end));
            text.delete(0, end + 2);
        }
    }

    private void block(String block) {
        if (block.startsWith(":")) {
            comments++;
        } else if (block.startsWith("id: ")) {
            var lines = block.split("\n");
            var event = new JsonObject(lines[2].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("id: " + event.getLong("seq"));
            assertThat(lines[1]).isEqualTo("event: " + event.getString("type"));
            events.add(event);
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
