package io.gotthard.platform;

/**
 * A platform with the assistant {@code Assistant/guide}, which has an HTTP tool and an MCP tool, and a model that does what it is told.
 *
 * @param upstream the model's server; the model is called {@code mind}
 * @param tools the tools' server
 */
record AssistantsPlatform(ScriptedUpstream upstream, ToolServer tools, RunningPlatform platform)
        implements AutoCloseable {

    static AssistantsPlatform start() {
        return start("", "");
    }

    /**
     * The same with more of the configuration.
     *
     * @param sections whole sections
     * @param more further assistants, in which {@code $tools} stands for the tools' server
     */
    static AssistantsPlatform start(String sections, String more) {
        var upstream = ScriptedUpstream.start().on("mind", new ScriptedMind());
        var tools = ToolServer.start();
        var yaml = upstream.configuration("") + """
            runs: {tools: {networks: [127.0.0.0/8]}}
            assistants:
              guide:
                description: Knows the passes.
                model: mind
                instructions: You are a guide.
                tools:
                  - {type: openapi, name: passes, url: "%s/openapi.json"}
                  - {type: mcp, name: words, url: "%s/mcp"}
            """.formatted(tools.url(), tools.url());
        var all = sections + yaml + more.replace("$tools", tools.url());
        return new AssistantsPlatform(upstream, tools, RunningPlatform.start(all, TestDatabase.url()));
    }

    Hub admin() {
        return new Hub(platform.url(), RunningPlatform.KEY);
    }

    @Override
    public void close() {
        platform.close();
        tools.close();
        upstream.close();
    }
}
