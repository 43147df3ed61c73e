package io.gotthard.assistants;

import io.vertx.core.Future;
import java.util.List;

/** What one run can call, with the connections that takes. To be closed when the run rests or ends. */
interface Toolbox {

    /** The tools, in a fixed order and with distinct names. */
    List<Tool> tools();

    /** What of the declared tools is not there at the moment, and why: for people. */
    default List<String> problems() {
        return List.of();
    }

    Future<Void> close();
}
