package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who follows a thread, on whatever node, gets each event exactly once, and no longer than they may. */
@Tag("heavy")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class EventsStreamIT extends OnTwoNodes {

    private static final int MEGABYTE = 1024 * 1024;

    private Person ada;
    private String thread;

    @BeforeEach
    void a_thread() {
        ada = Person.in(nodes);
        thread = ada.thread("Ada's");
    }

    private void say(int from, int to) {
        IntStream.rangeClosed(from, to).forEach(i -> (i % 2 == 0 ? ada : there()).say(thread, "Message " + i));
    }

    /** The same person at the other node. */
    private Person there() {
        return new Person(ada.hub().at(nodes.second()), ada.id(), ada.tenant());
    }

    private static List<Long> places(List<JsonObject> events) {
        return events.stream().map(event -> event.getLong("seq")).toList();
    }

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void who_comes_back_at_any_place_gets_each_event_behind_it_once() {
        say(3, 12);

        for (int place = 0; place < 12; place++) {
            for (var hub : List.of(ada.hub(), there().hub())) {
                try (var byHeader = EventReader.open(hub, thread, "?after=5", "Last-Event-ID: " + place);
                        var byParameter = EventReader.open(hub, thread, "?after=" + place)) {
                    assertThat(places(byHeader.next(12 - place))).isEqualTo(range(place + 1, 12));
                    assertThat(places(byParameter.next(12 - place))).isEqualTo(range(place + 1, 12));
                }
            }
        }
    }

    @Test
    void who_comes_back_again_and_again_while_others_write_misses_nothing() {
        var writing = CompletableFuture.runAsync(
                () -> say(3, 152), task -> Thread.ofVirtual().start(task));
        long place = 0;
        for (int turn = 0; place < 152; turn++) {
            var hub = turn % 2 == 0 ? ada.hub() : there().hub();
            try (var events = EventReader.open(hub, thread, "", "Last-Event-ID: " + place)) {
                int some = (int) Math.min(1 + turn % 7, 152 - place);
                assertThat(places(events.next(some))).isEqualTo(range(place + 1, place + some));
                place += some;
            }
        }
        writing.join();
    }

    @Test
    void who_stays_sees_at_once_what_is_written_on_the_other_node_and_only_what_they_asked_for() {
        try (var all = EventReader.open(ada.hub(), thread, "");
                var messages = EventReader.open(ada.hub(), thread, "?types=message.*");
                var changes = EventReader.open(there().hub(), thread, "?after=2&types=thread.updated")) {
            assertThat(all.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
            assertThat(places(all.next(2))).isEqualTo(range(1, 2));

            there().say(thread, "From the other side");
            ada.hub().patch("/threads/" + thread, object("title", "Another")).ok();

            assertThat(places(all.next(2))).isEqualTo(range(3, 4));
            assertThat(messages.next().getJsonObject("data").getString("content"))
                    .isEqualTo("From the other side");
            assertThat(changes.next().getLong("seq")).isEqualTo(4);
        }
    }

    @Test
    void a_stream_of_a_thread_that_is_deleted_ends_on_all_nodes() {
        try (var here = EventReader.open(ada.hub(), thread, "");
                var there = EventReader.open(there().hub(), thread, "?after=2")) {
            here.next(2);

            ada.hub().delete("/threads/" + thread).ok();

            assertThat(here.rest()).isEmpty();
            assertThat(there.rest()).isEmpty();
        }
    }

    @Test
    void who_is_removed_gets_nothing_more_on_any_node_and_the_others_do() {
        var guest = ada.colleague(nodes);
        ada.invite(thread, guest, "editor");
        try (var here = EventReader.open(guest.hub(), thread, "?after=3");
                var there = EventReader.open(guest.hub().at(nodes.second()), thread, "?after=3");
                var stays = EventReader.open(there().hub(), thread, "?after=3")) {
            ada.hub()
                    .put("/threads/" + thread + "/members/" + guest.id(), object("role", "reader"))
                    .ok();
            assertThat(here.next().getString("type")).isEqualTo("member.added");
            assertThat(there.next().getString("type")).isEqualTo("member.added");

            ada.hub().delete("/threads/" + thread + "/members/" + guest.id()).ok();

            assertThat(types(here.rest())).isSubsetOf("member.removed");
            assertThat(types(there.rest())).isSubsetOf("member.removed");
            ada.say(thread, "About them");
            assertThat(places(stays.next(3))).isEqualTo(range(4, 6));
        }
        try (var again = EventReader.open(guest.hub(), thread, "")) {
            assertThat(again.status()).isEqualTo(404);
        }
    }

    private static List<String> types(List<JsonObject> events) {
        return events.stream().map(event -> event.getString("type")).toList();
    }

    @Test
    void a_node_that_shuts_down_ends_its_streams_and_their_readers_go_on_elsewhere(@TempDir Path folder)
            throws Exception {
        long place;
        var third = TwoNodes.node(nodes.url(), folder);
        try (var events = EventReader.open(ada.hub().at(third.url()), thread, "")) {
            place = events.next(2).getLast().getLong("seq");
            third.close();
            assertThat(events.rest()).isEmpty();
        } finally {
            third.close();
        }
        ada.say(thread, "Meanwhile");
        try (var events = EventReader.open(there().hub(), thread, "", "Last-Event-ID: " + place)) {
            assertThat(events.next().getLong("seq")).isEqualTo(3);
        }
    }

    @Test
    void a_silent_stream_is_kept_alive() {
        try (var events = EventReader.open(ada.hub(), thread, "?after=2")) {
            events.awaitComment();
        }
    }

    @Test
    void readers_who_do_not_read_cost_no_memory_and_get_everything_when_they_do() {
        int count = 1_000;
        var readers = IntStream.range(0, 20)
                .mapToObj(i ->
                        RawClient.withSmallBuffer(ada.hub().url()).send(EventReader.request(ada.hub(), thread, "")))
                .toList();
        try {
            long before = heap();
            var text = "x".repeat(20_000);
            IntStream.range(0, count).forEach(i -> ada.say(thread, text));

            // 20 MB of events may be remembered by each node, once for all readers; kept for each reader it would be
            // 400.
            assertThat(heap() - before).isLessThan(150L * MEGABYTE);
            var reader = EventReader.of(readers.get(7));
            assertThat(places(reader.next(count + 2))).isEqualTo(range(1, count + 2));
        } finally {
            readers.forEach(RawClient::close);
        }
    }

    private static long heap() {
        // Twice, because the first round may only find out what is garbage.
        System.gc();
        System.gc();
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
