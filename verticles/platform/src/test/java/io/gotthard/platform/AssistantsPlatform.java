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
        return new AssistantsPlatform(upstream, tools, RunningPlatform.start(yaml, TestDatabase.url()));
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
