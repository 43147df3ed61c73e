package io.gotthard.realtime;

import io.gotthard.contracts.Caller;
import io.gotthard.kit.Credential;
import java.time.Instant;

/**
 * Who somebody is, and by what that is known.
 *
 * @param expires until when, or null
 */
record Identity(Credential credential, Caller caller, Instant expires) {

    boolean hasExpired(Instant now) {
        return expires != null && expires.isBefore(now);
    }
}
