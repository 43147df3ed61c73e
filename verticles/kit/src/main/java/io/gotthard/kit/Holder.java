package io.gotthard.kit;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Network;
import io.gotthard.contracts.Permissions;
import io.gotthard.contracts.Residency;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Whose a credential is, as accounts said.
 *
 * @param caller who; null if it is no good
 * @param networks from where it is good; empty for anywhere
 * @param expires until when, or null
 * @param refusal why it is no good, or null
 * @param asked when they were asked, in the time of {@link System#nanoTime}
 */
public record Holder(Caller caller, List<Network> networks, Instant expires, Failure refusal, long asked) {

    /** Changes are announced; asking again after a while is for announcements that got lost. */
    private static final long OLD_NANOS = Duration.ofMinutes(1).toNanos();

    static Holder refused(Failure cause) {
        return new Holder(null, List.of(), null, cause, System.nanoTime());
    }

    /** As accounts tell it: event-contracts/schemas/verified-credential.json. */
    public static Holder of(JsonObject key) {
        var caller = new Caller(
                key.getString("key_id"),
                key.getString("account"),
                key.getString("tenant"),
                key.getBoolean("administrator"),
                key.getJsonArray("roles").stream().map(String.class::cast).toList(),
                permissions(key),
                key.getString("bound_model"),
                Residency.of(key.getJsonArray("only")));
        var networks = key.getJsonArray("networks").stream()
                .map(network -> Network.parse((String) network))
                .toList();
        return new Holder(caller, networks, key.getInstant("expires_at"), null, System.nanoTime());
    }

    /** An administrator's are only limited by what limits the key. */
    private static Permissions permissions(JsonObject key) {
        var sets = key.getJsonArray("rules").stream()
                .map(set -> ((JsonArray) set).stream().map(String.class::cast).toList())
                .toList();
        if (sets.isEmpty()) {
            return key.getBoolean("administrator") ? Permissions.ALL : Permissions.NONE;
        }
        return Permissions.of(sets);
    }

    /**
     * Who it is, if the credential is good from this network address and by now.
     *
     * @throws Failure 401 if it is not
     */
    public Caller admit(Credential credential, String address) {
        if (refusal != null) {
            throw refusal;
        }
        if (hasExpired()) {
            throw credential.kind().equals("hash")
                    ? Failure.unauthorized("The API key has expired.")
                    : Credential.incorrect();
        }
        if (!networks.isEmpty() && networks.stream().noneMatch(network -> network.contains(address))) {
            // As an unknown one: who stole it need not learn that it is good elsewhere.
            throw Credential.incorrect();
        }
        return caller;
    }

    /** Whether its time is over. */
    public boolean hasExpired() {
        return expires != null && expires.isBefore(Instant.now());
    }

    boolean isRefused() {
        return refusal != null;
    }

    boolean isOld() {
        return System.nanoTime() - asked > OLD_NANOS;
    }
}
