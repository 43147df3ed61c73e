package io.gotthard.accounts;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Network;
import io.gotthard.kit.Fields;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a key is limited to besides its scopes. A key that makes another one for its own account hands its limits on, so that
 * who got hold of it gains nothing.
 *
 * @param boundModel the one model that it is for, or null
 * @param networks where it can be used from; empty if from everywhere
 * @param expires when it ends, or null
 * @param regions where its requests may be answered, or null if anywhere
 */
record KeyLimits(String boundModel, List<String> networks, OffsetDateTime expires, List<String> regions) {

    private static final KeyLimits NONE = new KeyLimits(null, List.of(), null, null);

    private static final int MOST_REGIONS = 50;
    private static final Pattern REGION = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

    /** The regions that a body names; null if it names none. */
    static List<String> regions(Fields body) {
        var regions = body.texts("only", MOST_REGIONS);
        for (int i = 0; regions != null && i < regions.size(); i++) {
            if (!REGION.matcher(regions.get(i)).matches()) {
                throw Failure.invalid("only[" + i + "]", "A region is 1 to 32 of a to z, 0 to 9 and -, as in 'ch'.");
            }
        }
        if (regions != null && regions.isEmpty()) {
            throw Failure.invalid("only", "'only' names no region; leave it out if nothing is limited.");
        }
        return regions == null ? null : regions.stream().sorted().distinct().toList();
    }

    /** The regions of a row, as the API has them. */
    static JsonArray only(Row row) {
        var regions = Grant.list(row, "regions");
        return regions == null ? null : new JsonArray(regions);
    }

    /** Those of the key that the actor uses; none if it uses something else. */
    static KeyLimits ofActor(Work work) {
        var row = work.one(
                "select * from accounts.api_keys where id = $1", work.actor().keyId());
        return row == null ? NONE : of(row);
    }

    static KeyLimits of(Row row) {
        return new KeyLimits(
                row.getString("bound_model"),
                Grant.list(row, "networks"),
                row.getOffsetDateTime("expires_at"),
                Grant.list(row, "regions"));
    }

    /** These, and where nothing is said, the other's. */
    KeyLimits orElse(KeyLimits other) {
        return new KeyLimits(
                boundModel == null ? other.boundModel : boundModel,
                networks.isEmpty() ? other.networks : networks,
                expires == null ? other.expires : expires,
                regions == null ? other.regions : regions);
    }

    /** @throws Failure 403 if these allow something that the other's do not */
    void requireWithin(KeyLimits other) {
        if (other.boundModel != null && !other.boundModel.equals(boundModel)) {
            throw beyond("bound_model", "model");
        }
        if (!other.networks.isEmpty() && !isWithin(other.networks)) {
            throw beyond("networks", "networks");
        }
        if (other.expires != null && (expires == null || expires.isAfter(other.expires))) {
            throw beyond("expires_at", "time");
        }
        if (other.regions != null && (regions == null || !other.regions.containsAll(regions))) {
            throw beyond("only", "regions");
        }
    }

    private boolean isWithin(List<String> others) {
        var wider = others.stream().map(Network::parse).toList();
        return !networks.isEmpty()
                && networks.stream()
                        .map(Network::parse)
                        .allMatch(mine -> wider.stream().anyMatch(other -> other.contains(mine)));
    }

    private static Failure beyond(String param, String what) {
        return new Failure(
                403,
                "invalid_request_error",
                "permission_denied",
                param,
                "The key that asks is limited to its " + what + ", and so are the keys it makes for its account.",
                -1);
    }
}
