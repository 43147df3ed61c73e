/**
 * The accounts verticle: who is asking. {@link io.gotthard.accounts.AccountsVerticle} serves its operations; the Postgres schema
 * {@code accounts} is its own.
 *
 * <p>Who comes from an OpenID Connect issuer begins in {@link io.gotthard.accounts.OpenId}: {@code Tokens} checks what an issuer signed,
 * {@code Identities} makes an account of it, {@code Logins} and {@code Sessions} are for browsers.
 */
package io.gotthard.accounts;
