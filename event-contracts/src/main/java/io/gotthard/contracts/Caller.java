package io.gotthard.contracts;

/**
 * Who is asking, as the router verified it. Verticles trust it and never look at credentials themselves.
 *
 * @param keyId identifies the API key in logs and bills; never the key itself
 * @param account the account that the key belongs to
 * @param administrator whether the account may do everything
 */
public record Caller(String keyId, String account, boolean administrator) {

    /** Nobody in particular: for what the platform asks itself. */
    public static final Caller NOBODY = new Caller("", "", false);
}
