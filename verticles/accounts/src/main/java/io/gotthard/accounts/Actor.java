package io.gotthard.accounts;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.contracts.Rule.Level;

/**
 * Who does something here. Whoever administers {@code service.accounts} does so in their own tenant; a system administrator
 * does in all of them, and no other tenant's things exist for anybody else.
 *
 * @param account the account's id
 * @param keyId the credential's id
 * @param tenant the tenant in whose name it acts, or an empty text
 * @param administrator whether it is a system administrator's account
 * @param permissions what it may do
 */
record Actor(String account, String keyId, String tenant, boolean administrator, Permissions permissions) {

    private static final String ACCOUNTS = "service.accounts";

    static Actor of(Caller caller, boolean administrator) {
        return new Actor(caller.account(), caller.keyId(), caller.tenant(), administrator, caller.permissions());
    }

    /** Whether it administers accounts, be it of one tenant. */
    boolean manages() {
        return permissions.allows(Level.ADMIN, ACCOUNTS);
    }

    /** Whether it administers the accounts of all tenants. */
    boolean isSystem() {
        return administrator && manages();
    }

    /** Whether it administers the accounts of a tenant, which may be null. */
    boolean manages(String other) {
        return isSystem() || (manages() && !tenant.isEmpty() && tenant.equals(other));
    }

    /** @throws Failure 403 unless it administers accounts */
    void requireManager() {
        if (!manages()) {
            throw Failure.forbidden(
                    "This needs the permission 'gotthard.admin." + ACCOUNTS + "', which you do not have.");
        }
    }

    /** @throws Failure 403 unless it is a system administrator */
    void requireSystem() {
        requireManager();
        if (!isSystem()) {
            throw Failure.forbidden("Only a system administrator may do this.");
        }
    }

    /** @throws Failure 403 if it would give away more than it has */
    void requireCovers(Permissions given) {
        if (!permissions.covers(given)) {
            throw Failure.forbidden("Nobody can grant more than they may do themselves.");
        }
    }

    /** The tenant that its lists are limited to, or null if they are not. */
    String limitedTo() {
        return isSystem() ? null : tenant;
    }
}
