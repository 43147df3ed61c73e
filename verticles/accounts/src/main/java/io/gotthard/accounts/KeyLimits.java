package io.gotthard.accounts;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Network;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;
import java.util.List;

/**
 * What a key is limited to besides its scopes. A key that makes another one for its own account hands its limits on, so that
 * who got hold of it gains nothing.
 *
 * @param boundModel the one model that it is for, or null
 * @param networks where it can be used from; empty if from everywhere
 * @param expires when it ends, or null
 */
record KeyLimits(String boundModel, List<String> networks, OffsetDateTime expires) {

    private static final KeyLimits NONE = new KeyLimits(null, List.of(), null);

    /** Those of the key that the actor uses; none if it uses something else. */
    static KeyLimits ofActor(Work work) {
        var row = work.one(
                "select * from accounts.api_keys where id = $1", work.actor().keyId());
        return row == null ? NONE : of(row);
    }

    static KeyLimits of(Row row) {
        return new KeyLimits(
                row.getString("bound_model"), Grant.list(row, "networks"), row.getOffsetDateTime("expires_at"));
    }

    /** These, and where nothing is said, the other's. */
    KeyLimits orElse(KeyLimits other) {
        return new KeyLimits(
                boundModel == null ? other.boundModel : boundModel,
                networks.isEmpty() ? other.networks : networks,
                expires == null ? other.expires : expires);
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
