package io.gotthard.accounts;

import java.time.Instant;

/** Tells whose a token is that was issued elsewhere. What the account may do is then looked up here, as for a key. */
@FunctionalInterface
public interface TokenVerifier {

    /**
     * Whose a token is.
     *
     * @param keyId names the credential in logs and bills
     * @param account the id of an account that is there
     * @param tenant the id of the tenant it acts for, or null for none
     * @param expires when the token ends
     */
    record Holder(String keyId, String account, String tenant, Instant expires) {}

    /**
     * Verifies a token; may wait, on a virtual thread.
     *
     * @throws io.gotthard.contracts.Failure 401 if it is not valid
     */
    Holder verify(String token);
}
