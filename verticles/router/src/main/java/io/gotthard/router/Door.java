package io.gotthard.router;

import io.gotthard.kit.Lobby;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;

/** Another protocol at the same port, served by another verticle. */
@FunctionalInterface
public interface Door {

    /** Adds its routes on this event loop; they come before those of the contracts. */
    void mount(Vertx vertx, Router router, Lobby lobby);
}
