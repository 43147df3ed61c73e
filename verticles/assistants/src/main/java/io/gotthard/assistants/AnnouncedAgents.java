package io.gotthard.assistants;

import io.vertx.core.Future;
import java.util.List;

/** Agents that nobody declared: those of the classes that workers announced. */
interface AnnouncedAgents {

    /** For a platform without workers. */
    AnnouncedAgents NONE = new AnnouncedAgents() {

        @Override
        public Future<List<Agent>> all(String tenant) {
            return Future.succeededFuture(List.of());
        }

        @Override
        public Future<Agent> find(String tenant, String agentClass, String name) {
            return Future.succeededFuture();
        }

        @Override
        public boolean isModel(Agent agent) {
            return false;
        }
    };

    /** Those there are for a tenant, whoever may use them. */
    Future<List<Agent>> all(String tenant);

    /** One of them, or null. */
    Future<Agent> find(String tenant, String agentClass, String name);

    /** Whether one of them can be asked as a model. */
    boolean isModel(Agent agent);
}
