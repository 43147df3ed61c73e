package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How threads, messages and events are listed, searched, paged and exported. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ThreadListIT extends OnTwoNodes {

    private Person ada;

    @BeforeEach
    void somebody() {
        ada = Person.in(nodes);
    }

    @Test
    void a_list_shows_those_with_the_latest_message_first_and_none_twice_while_others_come() {
        var made =
                IntStream.range(0, 12).mapToObj(i -> ada.thread("Thread " + i)).toList();
        ada.say(made.get(3), "This one is the latest");
        var seen = new ArrayList<String>();

        for (var after = ""; after != null; ) {
            var page = ada.hub().get("/threads?limit=5" + after).ok().json();
            page.getJsonArray("data").forEach(thread -> seen.add(((JsonObject) thread).getString("id")));
            ada.thread("One that comes later");
            ada.say(seen.getFirst(), "One that was seen already");
            after = page.getString("next") == null ? null : "&after=" + page.getString("next");
        }

        assertThat(seen.getFirst()).isEqualTo(made.get(3));
        assertThat(seen).doesNotHaveDuplicates().containsAll(made);
    }

    @Test
    void archived_threads_are_listed_apart() {
        var kept = ada.thread("Kept");
        var archived = ada.thread("Archived");
        ada.hub().patch("/threads/" + archived, object("archived", true)).ok();

        assertThat(ids(ada.hub().get("/threads"))).containsExactly(kept);
        assertThat(ids(ada.hub().get("/threads?archived=true"))).containsExactly(archived);
        ada.hub().patch("/threads/" + archived, object("archived", false)).ok();
        assertThat(ids(ada.hub().get("/threads"))).containsExactlyInAnyOrder(archived, kept);
    }

    @Test
    void a_search_finds_words_of_titles_and_messages_in_any_script_and_only_in_ones_own_threads() {
        var titled = ada.thread("Frühstück in Zürich");
        var said = ada.thread("Another");
        ada.say(said, "Der Bahnhof heißt 東京駅; it's at platform-12.");
        var other = ada.colleague(nodes);
        other.say(other.thread("Zürich as well"), "Bahnhof");
        var foreign = Person.in(nodes);
        foreign.say(foreign.thread("Zürich too"), "Bahnhof");

        assertThat(found("zürich")).containsExactly(titled);
        assertThat(found("zürich")).containsExactly(titled);
        Await.until("the message is found", () -> found("bahnhof").equals(List.of(said)));
        assertThat(found("BAHN")).containsExactly(said);
        assertThat(found("platform 12")).containsExactly(said);
        assertThat(found("東京")).containsExactly(said);
        assertThat(found("bahnhof zürich")).isEmpty();
        assertThat(found("hof")).isEmpty();
        assertThat(found("x' | 'y:* & ! \\")).isEmpty();
        assertThat(ada.hub().get("/threads?q=%26%7C").param()).isEqualTo("q");

        ada.hub().patch("/threads/" + titled, object("title", "Basel")).ok();
        assertThat(found("zürich")).isEmpty();
        ada.invite(said, other, "reader");
        assertThat(ids(other.hub().get("/threads?q=%E6%9D%B1%E4%BA%AC"))).containsExactly(said);
        ada.hub().delete("/threads/" + said).ok();
        assertThat(found("bahnhof")).isEmpty();
    }

    @Test
    void the_latest_message_is_found_as_well_where_very_many_others_have_its_words() throws Exception {
        var old = ada.thread("Old");
        try (var database = nodes.database();
                var insert = database.prepareStatement("""
                    insert into assistants.texts (thread, seq, words)
                    select t.number, 1000 + s, array_to_tsvector(array['@' || t.owner, '@' || t.number, 'usual'])
                    from assistants.threads t, generate_series(1, 25000) s where t.id = ?
                    """)) {
            insert.setString(1, old);
            insert.executeUpdate();
        }
        var latest = ada.thread("Latest");
        ada.say(latest, "As usual");

        Await.until("all are found, the latest first", () -> found("usual").equals(List.of(latest, old)));
    }

    private List<String> found(String words) {
        var query = URLEncoder.encode(words, StandardCharsets.UTF_8);
        return ids(ada.hub().get("/threads?q=" + query));
    }

    @Test
    void a_file_of_a_thread_has_all_its_events_a_line_each() {
        var thread = ada.thread("File");
        IntStream.range(0, 250).forEach(i -> ada.say(thread, "Message " + i));

        var file = ada.hub().get("/threads/" + thread + "/export").ok();

        assertThat(file.header("content-type")).isEqualTo("application/jsonl");
        assertThat(file.header("content-disposition")).contains(thread + ".jsonl");
        var lines = file.text().lines().map(JsonObject::new).toList();
        assertThat(lines.stream().map(event -> event.getLong("seq")))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 252).boxed().toList());
        assertThat(lines.getLast().getJsonObject("data").getString("content")).isEqualTo("Message 249");
    }

    @Test
    void events_are_paged_and_picked_by_type_and_run() {
        var thread = ada.thread("Pages");
        IntStream.range(0, 5).forEach(i -> ada.say(thread, "Message " + i));

        var page = ada.hub()
                .get("/threads/" + thread + "/events?limit=4&after=1")
                .ok()
                .json();
        assertThat(page.getJsonArray("data")).hasSize(4);
        assertThat(page.getString("next")).isEqualTo("5");
        var next = ada.hub()
                .get("/threads/" + thread + "/events?limit=4&after=5")
                .ok()
                .json();
        assertThat(next.getJsonArray("data")).hasSize(2);
        assertThat(next.getValue("next")).isNull();
        assertThat(ada.hub()
                        .get("/threads/" + thread + "/events?types=thread.*,member.added")
                        .data())
                .hasSize(2);
        assertThat(ada.hub()
                        .get("/threads/" + thread + "/events?types=message.created")
                        .data())
                .hasSize(5);
        assertThat(ada.hub().get("/threads/" + thread + "/events?run=run_x").data())
                .isEmpty();
    }

    @Test
    void a_page_of_a_long_log_is_there_soon_and_next_leads_to_what_is_far_behind() throws Exception {
        var thread = ada.thread("Long");
        try (var database = nodes.database();
                var insert = database.prepareStatement("""
                    with long as (
                        insert into assistants.events (thread, seq, type, body)
                        select t.number, s, case when s in (240000, 300000) then 'run.started'
                            when s = 250000 then 'thought.added' else 'chunk.added' end,
                            '{"id":"evt_' || s || '","created_at":"2026-01-31T12:00:00Z","data":{}}'
                        from assistants.threads t, generate_series(1000, 300000) s where t.id = ? returning thread)
                    update assistants.threads set last_seq = 300000 where number in (select thread from long)
                    """)) {
            insert.setString(1, thread);
            insert.executeUpdate();
        }
        var types = "/threads/" + thread + "/events?types=";

        var rare = ada.hub().get(types + "run.started").ok().json();
        assertThat(rare.getJsonArray("data")).hasSize(2);
        assertThat(rare.getValue("next")).isNull();

        var pages = 0;
        var seen = new ArrayList<Integer>();
        for (var after = ""; after != null; pages++) {
            var page = ada.hub().get(types + "thought.added" + after).ok().json();
            page.getJsonArray("data").forEach(event -> seen.add(((JsonObject) event).getInteger("seq")));
            after = page.getString("next") == null ? null : "&after=" + page.getString("next");
        }
        assertThat(seen).containsExactly(250_000);
        assertThat(pages).as("each looks at a bounded part").isBetween(2, 5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"types=x", "types=a.b%27", "after=-1", "after=x", "limit=1001", "limit=0", "run=%27"})
    void what_no_page_of_events_can_be_is_refused(String query) {
        var thread = ada.thread("Refused");

        assertThat(ada.hub().get("/threads/" + thread + "/events?" + query).status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "_", "zzzzzzzzzzzzzzzzzzzzzzzzz_thr_x", "-1_x", "9999999999999_x"})
    void what_was_no_next_of_a_page_is_refused_or_is_a_place_like_others(String after) {
        assertThat(ada.hub().get("/threads?after=" + after).status()).isIn(200, 400);
    }

    private static List<String> ids(Hub.Reply page) {
        return ThreadsIT.ids(page);
    }
}
