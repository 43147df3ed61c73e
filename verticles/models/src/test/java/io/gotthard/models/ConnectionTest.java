package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.kit.Settings;
import io.gotthard.models.provider.Found;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long an upstream can be asked, with a real server. */
class ConnectionTest {

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private static Upstream upstream(int port, String more) {
        return Settings.read(
                Upstream.class,
                "{protocol: openai, url: 'http://127.0.0.1:%d/v1'%s}".formatted(port, more),
                "test.yaml",
                name -> null);
    }

    private List<Found> ask(Connection connection) throws Exception {
        var promise = Promise.<List<Found>>promise();
        vertx.runOnContext(go -> connection.provider().discover().onComplete(promise));
        return promise.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void it_can_be_asked_until_the_last_configuration_that_has_it_is_gone() throws Exception {
        int port = vertx.createHttpServer()
                .requestHandler(request -> request.response().end("{\"data\":[{\"id\":\"one\"}]}"))
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
        var connection =
                new Connection(vertx, "up", upstream(port, ""), null).held().held();
        connection.released();
        assertThat(ask(connection)).hasSize(1);
        connection.released();
        assertThatThrownBy(() -> ask(connection)).hasMessageContaining("can't be reached");
    }

    @Test
    void it_is_the_same_if_all_is_that_is_configured_and_believed() {
        var connection = new Connection(vertx, "up", upstream(1, ", key: a"), null);
        assertThat(connection.is(upstream(1, ", key: a"), null)).isTrue();
        assertThat(connection.is(upstream(1, ", key: b"), null)).isFalse();
        assertThat(connection.is(upstream(2, ", key: a"), null)).isFalse();
        assertThat(connection.is(upstream(1, ", key: a"), "-----BEGIN")).isFalse();
    }
}
