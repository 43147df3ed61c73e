package io.gotthard.realtime;

import io.gotthard.contracts.Call;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * Where in which log a run is.
 *
 * @param thread the thread
 * @param before the place before its first event
 * @param over whether its last event is there
 */
record RunPlace(String thread, long before, boolean over) {

    /** Finds a run that the socket's owner may see; fails with 404 if there is none. */
    static Future<RunPlace> find(Sockets sockets, EventSocket socket, String run) {
        var call = new Call(
                sockets.bus().nextId(),
                socket.requestId(),
                socket.caller(),
                socket.address(),
                Map.of("run", run),
                null);
        return sockets.lobby().ask("getRun", call).map(answer -> {
            var found = new JsonObject(answer.body());
            return new RunPlace(
                    found.getString("thread_id"),
                    Math.max(0, found.getLong("first_seq") - 1),
                    found.getString("ended_at") != null);
        });
    }

    /** Where to begin to read for who has seen all up to a place. Of a run that is over the end is to be found, too. */
    long from(long after) {
        return over ? before : Math.max(after, before);
    }
}
