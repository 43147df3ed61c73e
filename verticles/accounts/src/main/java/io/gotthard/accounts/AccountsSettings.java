package io.gotthard.accounts;

import io.gotthard.kit.Default;

/**
 * What the configuration says of accounts.
 *
 * @param keyPrefix what API keys begin with
 * @param boundKeyPrefix what API keys begin with that are bound to one model, as those of the SwissAI mount are
 */
public record AccountsSettings(
        @Default("sk-gotthard-") String keyPrefix,
        @Default("sk-souheng-") String boundKeyPrefix) {

    /** Checks that keys with these prefixes fit a header, and can be told from one another's text. */
    public AccountsSettings {
        for (var prefix : new String[] {keyPrefix, boundKeyPrefix}) {
            if (!prefix.matches("[A-Za-z0-9_-]{1,32}")) {
                throw new IllegalArgumentException("a key's prefix is 1 to 32 letters, digits, - and _");
            }
        }
    }
}
