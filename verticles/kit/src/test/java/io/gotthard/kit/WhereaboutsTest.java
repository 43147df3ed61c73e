package io.gotthard.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** To which of a name's addresses one connects. */
class WhereaboutsTest {

    private static final AddressRule PUBLIC = AddressRule.of(List.of("public"));

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger lookUps = new AtomicInteger();
    private volatile List<String> answer = List.of("1.1.1.1");

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private List<InetAddress> lookUp(String host) throws UnknownHostException {
        lookUps.incrementAndGet();
        if (answer.isEmpty()) {
            throw new UnknownHostException(host);
        }
        return answer.stream().map(InetAddress::ofLiteral).toList();
    }

    private Whereabouts of(String host, AddressRule rule) {
        return new Whereabouts(vertx, "up", host, 443, rule, this::lookUp);
    }

    private String find(Whereabouts whereabouts) throws Exception {
        var promise = Promise.<SocketAddress>promise();
        vertx.runOnContext(go -> whereabouts.find().onComplete(promise));
        return await(promise.future()).hostAddress();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void the_checked_address_is_the_one_that_is_connected_to() throws Exception {
        var whereabouts = of("example.org", PUBLIC);
        assertThat(find(whereabouts)).isEqualTo("1.1.1.1");
        // Whoever has the name now says something else.
        answer = List.of("127.0.0.1");
        assertThat(find(whereabouts)).as("what was checked").isEqualTo("1.1.1.1");
        assertThat(lookUps).hasValue(1);
    }

    @Test
    void a_name_with_one_address_that_is_not_allowed_has_none() {
        for (var bad : List.of("127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254")) {
            answer = Stream.of("1.1.1.1", bad).toList();
            assertThatThrownBy(() -> find(of("example.org", PUBLIC)))
                    .as(bad)
                    .hasCauseInstanceOf(SecurityException.class);
        }
    }

    @Test
    void many_who_ask_at_once_look_up_once() throws Exception {
        var whereabouts = of("example.org", PUBLIC);
        var promise = Promise.<Object>promise();
        vertx.runOnContext(
                go -> Future.all(Stream.generate(whereabouts::find).limit(100).toList())
                        .<Object>map(all -> all)
                        .onComplete(promise));
        await(promise.future());
        assertThat(lookUps).hasValue(1);
    }

    @Test
    void one_where_nobody_is_gives_way_to_the_next() throws Exception {
        answer = List.of("1.1.1.1", "8.8.8.8");
        var whereabouts = of("example.org", PUBLIC);
        assertThat(find(whereabouts)).isEqualTo("1.1.1.1");
        whereabouts.unreachable();
        assertThat(find(whereabouts)).isEqualTo("8.8.8.8");
        whereabouts.unreachable();
        assertThat(find(whereabouts)).isEqualTo("1.1.1.1");
    }

    @Test
    void a_name_that_is_not_known_fails_and_is_looked_up_again() throws Exception {
        answer = List.of();
        var whereabouts = of("example.org", PUBLIC);
        assertThatThrownBy(() -> find(whereabouts)).hasCauseInstanceOf(UnknownHostException.class);
        answer = List.of("1.1.1.1");
        assertThat(find(whereabouts)).isEqualTo("1.1.1.1");
    }

    @Test
    void an_address_is_looked_up_nowhere() throws Exception {
        assertThat(find(of("[::1]", AddressRule.of(List.of("private"))))).isEqualTo("0:0:0:0:0:0:0:1");
        assertThat(find(of("127.0.0.1", AddressRule.of(List.of("private"))))).isEqualTo("127.0.0.1");
        assertThat(lookUps).hasValue(0);
    }
}
