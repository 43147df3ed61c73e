package io.gotthard.contracts;

import static io.gotthard.contracts.Conversations.call;
import static io.gotthard.contracts.Conversations.on;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Two verticles of one JVM, of which one asks and the other answers. */
class TwoVerticles {

    static final String ADDRESS = "test.answer";

    Vertx vertx;
    Conversations.Verticle callee;
    Conversations.Verticle asker;

    @BeforeEach
    void deploy() {
        vertx = Vertx.vertx();
        callee = on(vertx, Patience.USUAL);
        asker = on(vertx, Patience.USUAL);
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    void serve(Operation operation) {
        callee.run(bus -> bus.serve(ADDRESS, operation)).join();
    }

    Dialogue ask() {
        return asker.run(bus -> Future.succeededFuture(bus.ask(ADDRESS, call(bus))))
                .join();
    }

    CompletableFuture<Answer> next(Dialogue dialogue) {
        return asker.next(dialogue);
    }

    void cancel(Dialogue dialogue) {
        asker.cancel(dialogue);
    }
}
