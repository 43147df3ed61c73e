package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;

import java.util.UUID;

/**
 * Somebody who may use all that users may, and has a key.
 *
 * @param hub what they ask with
 * @param id their account
 * @param tenant the tenant in whose name they ask
 */
record Person(Hub hub, String id, String tenant) {

    /** Somebody in a new tenant. */
    static Person in(TwoNodes nodes) {
        var tenant = nodes.admin()
                .post("/tenants", object("name", "Tenant " + UUID.randomUUID()))
                .id();
        return in(nodes, tenant);
    }

    private static Person in(TwoNodes nodes, String tenant) {
        var account = nodes.user();
        nodes.join(tenant, account, "gotthard.user.>");
        return new Person(nodes.as(tenant, account), account, tenant);
    }

    /** Somebody else in the same tenant. */
    Person colleague(TwoNodes nodes) {
        return in(nodes, tenant);
    }

    /** A new thread of theirs. */
    String thread(String title) {
        return hub.post("/threads", object("title", title)).id();
    }

    /** Writes a message. */
    void say(String thread, String text) {
        hub.post("/threads/" + thread + "/messages", object("content", text)).ok();
    }

    /** Lets somebody belong to a thread of theirs. */
    void invite(String thread, Person other, String role) {
        hub.put("/threads/" + thread + "/members/" + other.id(), object("role", role))
                .ok();
    }
}
