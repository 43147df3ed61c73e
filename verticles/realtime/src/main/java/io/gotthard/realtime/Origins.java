package io.gotthard.realtime;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Lobby;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/** From whose pages sockets may be opened. Browsers say so; who is no browser need not. */
final class Origins {

    private final Lobby lobby;
    private final List<String> allowed;

    Origins(Lobby lobby, List<String> allowed) {
        this.lobby = lobby;
        this.allowed = allowed;
    }

    /**
     * Refuses what comes from somebody else's page.
     *
     * @throws Failure 403
     */
    void check(HttpServerRequest request) {
        var origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null && !allowed.contains(origin) && !origin.equals(lobby.origin(request))) {
            throw Failure.forbidden("Pages of this site may not open a socket here: see realtime.origins.");
        }
    }
}
