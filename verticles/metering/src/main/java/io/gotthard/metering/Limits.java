package io.gotthard.metering;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.gotthard.contracts.Caller;
import io.gotthard.metering.Limit.Subject;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The limits there are, as far as they have been asked for: what is remembered is a list for each key, account, tenant and role, so that
 * a change is looked up once and not for each caller it concerns. Safe to be used from any thread.
 */
final class Limits {

    /** What notifications of changes begin with; the subject and its id follow. */
    static final String CHANGED = "limits ";

    private static final int MOST_SUBJECTS = 300_000;

    private final Pool pool;
    private final Limiter limiter;
    private final Cache<Of, List<Limit>> known =
            Caffeine.newBuilder().maximumSize(MOST_SUBJECTS).build();
    private volatile long version;

    /** @param limiter what counts, and so has to know what was used before */
    Limits(Pool pool, Limiter limiter) {
        this.pool = pool;
        this.limiter = limiter;
    }

    /** Whom a limit is for. */
    private record Of(Subject subject, String id) {}

    /**
     * What holds for a caller. Completes at once if it is known; otherwise the database is asked, also for what was used of limits of
     * days and months before this process began.
     *
     * @return completes on any context; fails if the database can't be asked
     */
    Future<Bounds> of(Caller caller) {
        long asked = version;
        var found = new HashMap<Of, List<Limit>>();
        var missing = new ArrayList<Of>();
        for (var subject : subjects(caller)) {
            var limits = known.getIfPresent(subject);
            if (limits == null) {
                missing.add(subject);
            } else {
                found.put(subject, limits);
            }
        }
        if (missing.isEmpty()) {
            return bounds(caller, found, asked);
        }
        return load(missing, asked).compose(loaded -> {
            found.putAll(loaded);
            return bounds(caller, found, asked);
        });
    }

    private static List<Of> subjects(Caller caller) {
        var subjects = new ArrayList<Of>();
        subjects.add(new Of(Subject.EVERYONE, ""));
        subjects.add(new Of(Subject.TENANT, caller.tenant()));
        subjects.add(new Of(Subject.ACCOUNT, caller.account()));
        subjects.add(new Of(Subject.KEY, caller.keyId()));
        caller.roles().forEach(role -> subjects.add(new Of(Subject.ROLE, role)));
        return subjects;
    }

    private Future<Map<Of, List<Limit>>> load(List<Of> missing, long asked) {
        return pool.preparedQuery("""
            select l.* from unnest($1::text[], $2::text[]) as w (subject, id)
            join metering.limits l on l.subject_id = w.id and l.subject = w.subject
            order by l.id
            """)
                .execute(Tuple.tuple()
                        .addArrayOfString(
                                missing.stream().map(of -> word(of.subject)).toArray(String[]::new))
                        .addArrayOfString(missing.stream().map(of -> of.id).toArray(String[]::new)))
                .map(rows -> {
                    var loaded = new HashMap<Of, List<Limit>>();
                    for (Row row : rows) {
                        var limit = Limit.of(row);
                        loaded.computeIfAbsent(new Of(limit.subject(), limit.subjectId()), of -> new ArrayList<>())
                                .add(limit);
                    }
                    missing.forEach(of -> loaded.putIfAbsent(of, List.of()));
                    remember(loaded, asked);
                    return loaded;
                });
    }

    /** What was read before a change must not be remembered after it. */
    private synchronized void remember(Map<Of, List<Limit>> loaded, long asked) {
        if (version == asked) {
            known.putAll(loaded);
        }
    }

    private Future<Bounds> bounds(Caller caller, Map<Of, List<Limit>> found, long asked) {
        var all = new ArrayList<Bound>();
        found.values().forEach(limits -> {
            for (var limit : limits) {
                if (limit.tenant() == null || limit.tenant().equals(caller.tenant())) {
                    all.add(new Bound(limit, limit.subject() == Subject.ROLE ? caller.account() : ""));
                }
            }
        });
        all.sort((one, other) -> Long.compare(one.limit().id(), other.limit().id()));
        return limiter.prepare(all).map(ready -> new Bounds(this, asked, List.copyOf(all)));
    }

    /**
     * Limits of somebody have changed. Whoever has {@link Bounds} sees that they are not current any more.
     *
     * @param payload of a notification {@code metering_changed} that begins with {@link #CHANGED}
     */
    synchronized void forget(String payload) {
        var words = payload.split(" ", 3);
        version++;
        known.invalidate(new Of(Subject.valueOf(words[1].toUpperCase(Locale.ROOT)), words[2]));
    }

    /** Any limits may have changed, because notifications were missed. */
    synchronized void forgetAll() {
        version++;
        known.invalidateAll();
    }

    /** How often limits have changed. */
    long version() {
        return version;
    }

    static String word(Subject subject) {
        return subject.name().toLowerCase(Locale.ROOT);
    }
}
