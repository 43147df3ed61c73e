package io.gotthard.assistants;

/**
 * An agent in one of its versions.
 *
 * @param agentClass {@code Assistant} for what is declared here; the name of a class that workers announced for others
 * @param name its name within the class
 * @param tenant whose it is; empty for one of the configuration
 * @param owner the account that made it; empty for one of the configuration
 */
record Agent(String agentClass, String name, String tenant, String owner, int version, AgentDefinition definition) {

    /** The class of the assistants that are declared, and work in this process. */
    static final String DECLARED = "Assistant";

    /** What it is called as a model, and in a run. */
    String id() {
        return agentClass + "/" + name;
    }

    /** What permissions call it. */
    String resource() {
        return "agent." + agentClass + "." + name;
    }
}
