package io.gotthard.bench;

import io.gotthard.contracts.Permissions;
import io.gotthard.contracts.Rule.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a permission check costs; {@code bench/permissions} runs it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class PermissionsBench {

    private static final int RULES = 50;
    private static final List<String> CEILING = List.of("gotthard.user.model.>", "gotthard.user.agent.>");
    private static final List<String> SCOPES = List.of("gotthard.user.model.swiss-ai.*");

    private final List<String> roles = roles();
    private final Permissions permissions = permissions();
    private final AtomicInteger times = new AtomicInteger();

    /** A user who has many rules, of which the last one matters. */
    private static List<String> roles() {
        var rules = new ArrayList<String>();
        for (int i = 0; i < RULES; i++) {
            rules.add("gotthard.user.model.vendor-" + i + ".*");
        }
        rules.add("gotthard.admin.model.swiss-ai.>");
        return rules;
    }

    private Permissions permissions() {
        return Permissions.of(List.of(CEILING, roles, SCOPES));
    }

    /** What was asked before, which is what nearly every request asks. */
    @Benchmark
    public boolean known() {
        return permissions.allows(Level.USER, "model.swiss-ai/Apertus-70B");
    }

    /** A system administrator, for whom nothing is looked up. */
    @Benchmark
    public boolean administrator() {
        return Permissions.ALL.allows(Level.USER, "model.swiss-ai/Apertus-70B");
    }

    /** What was never asked: after a thousand of them nothing more is remembered, so that each is matched with all rules. */
    @Benchmark
    public boolean unknown() {
        return permissions.allows(Level.USER, "model.swiss-ai/model-" + times.getAndIncrement());
    }

    /** Rules into permissions, once for each credential that comes. */
    @Benchmark
    public Permissions compile() {
        return permissions();
    }
}
