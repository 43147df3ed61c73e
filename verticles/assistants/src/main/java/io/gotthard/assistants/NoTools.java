package io.gotthard.assistants;

import io.vertx.core.Future;
import java.util.List;

/** The toolbox of who has none. */
final class NoTools implements Toolbox {

    static Future<Toolbox> open() {
        return Future.succeededFuture(new NoTools());
    }

    @Override
    public List<Tool> tools() {
        return List.of();
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
