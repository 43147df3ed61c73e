package io.gotthard.assistants;

import io.gotthard.kit.Default;
import java.time.Duration;

/**
 * What the configuration says of runs and threads.
 *
 * @param runs how many runs this node works on at the same time
 * @param lease after which silence of a node another one takes its runs
 * @param retention how long events stay; 0 for as long as their thread
 * @param drain how long running work may go on when the node stops; what is not done by then is taken up by another
 * @param tools what the tools of assistants may reach
 */
public record AssistantsSettings(
        @Default("200") int runs,
        @Default("10s") Duration lease,
        @Default("0s") Duration retention,
        @Default("20s") Duration drain,
        @Default("{}") ToolsSettings tools) {

    /** The same with tools that reach what is public. */
    public AssistantsSettings(int runs, Duration lease, Duration retention, Duration drain) {
        this(runs, lease, retention, drain, ToolsSettings.USUAL);
    }
}
