package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page in a real browser that follows a thread through the bridge, and a network that is not there all the time. */
@Tag("heavy")
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class BrowserEventsIT {

    @BeforeAll
    static void install() {
        BrowserPage.SUITE.prepare();
    }

    private static List<Long> places(long to) {
        return LongStream.rangeClosed(1, to).boxed().toList();
    }

    private static void say(Person who, String thread, int count) {
        for (int i = 0; i < count; i++) {
            who.say(thread, "message " + i);
        }
    }

    @Test
    void every_event_is_shown_once_and_in_order_when_the_network_goes_and_when_the_node_dies(@TempDir Path folder)
            throws Exception {
        try (var nodes = TwoNodes.start(folder);
                var network = Detour.to(nodes.admin().url().getPort())) {
            var ada = Person.in(nodes);
            var elsewhere = new Person(ada.hub().at(nodes.second()), ada.id(), ada.tenant());
            var thread = ada.thread("Live");
            try (var page = BrowserPage.open(
                    "http://127.0.0.1:" + network.port(), ada.hub().key(), thread, "websocket")) {
                page.shows(2);
                say(ada, thread, 10);
                page.shows(12);
                network.cut();
                say(elsewhere, thread, 10);
                network.mend();
                say(ada, thread, 5);
                page.shows(27);
                network.turnTo(nodes.second().getPort());
                nodes.stopFirst();
                say(elsewhere, thread, 20);
                page.shows(47);
                assertThat(page.shown()).isEqualTo(places(47));
                assertThat(page.closed()).isGreaterThanOrEqualTo(2);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xhr-streaming", "eventsource", "xhr-polling"})
    void every_transport_shows_every_event_once_and_in_order(String transport, @TempDir Path folder) throws Exception {
        try (var nodes = TwoNodes.start(folder);
                var network = Detour.to(nodes.admin().url().getPort())) {
            var ada = Person.in(nodes);
            var thread = ada.thread("Live");
            try (var page = BrowserPage.open(
                    "http://127.0.0.1:" + network.port(), ada.hub().key(), thread, transport)) {
                page.shows(2);
                say(ada, thread, 10);
                network.cut();
                say(ada, thread, 10);
                network.mend();
                say(ada, thread, 10);
                page.shows(32);
                assertThat(page.shown()).isEqualTo(places(32));
            }
        }
    }
}
