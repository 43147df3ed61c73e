/**
 * The accounts verticle: who is asking. {@link io.gotthard.accounts.AccountsVerticle} serves its operations; the Postgres schema
 * {@code accounts} is its own.
 */
package io.gotthard.accounts;
