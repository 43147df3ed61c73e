package io.gotthard.accounts;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Fields;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Roles as they are brought along from elsewhere: by name, with rules that may still begin with {@code aihub.}. */
record RoleFile(List<Entry> entries) {

    /**
     * A role of the file.
     *
     * @param includes the names of other roles, of the file or there already
     */
    record Entry(String name, List<String> rules, List<String> includes) {}

    private static final int MOST_INCLUDED = 100;

    /** Reads the list {@code roles}; a role's rules may be called {@code permissions}. */
    static RoleFile read(Fields body) {
        var entries = new ArrayList<Entry>();
        for (var role : body.objects("roles")) {
            var name = role.name("name");
            try {
                var rules = role.rules(role.has("rules") ? "rules" : "permissions");
                var includes = role.texts("includes", MOST_INCLUDED);
                entries.add(
                        new Entry(name, rules == null ? List.of() : rules, includes == null ? List.of() : includes));
            } catch (Failure failure) {
                throw Failure.invalid(
                        "roles[" + entries.size() + "]." + failure.param(),
                        "In the role '" + name + "': " + failure.getMessage());
            }
        }
        return new RoleFile(entries);
    }

    /** Makes and changes them, for a tenant or, if it is null, for all. */
    JsonArray into(Work work, String tenant) {
        // First all roles and then what they include: so the order of the file does not matter.
        var ids = new HashMap<String, String>();
        var befores = new HashMap<String, JsonObject>();
        var granted = new HashMap<String, List<String>>();
        for (var entry : entries) {
            var known = known(work, tenant, entry.name());
            if (known != null) {
                befores.put(known, Roles.visible(work, known));
                granted.put(known, Members.rulesOf(work, known));
                work.run(
                        "update accounts.roles set rules = $2 where id = $1",
                        known,
                        entry.rules().toArray(String[]::new));
            }
            var id = known == null ? Roles.insert(work, tenant, entry.name(), entry.rules()) : known;
            if (ids.put(entry.name().toLowerCase(Locale.ROOT), id) != null) {
                throw Failure.invalid("roles", "The role '" + entry.name() + "' is there twice.");
            }
        }
        var imported = new JsonArray();
        for (var entry : entries) {
            var id = ids.get(entry.name().toLowerCase(Locale.ROOT));
            Roles.include(work, id, tenant, included(work, tenant, entry, ids));
        }
        for (var id : ids.values()) {
            Roles.requireGrantable(work, id, granted.getOrDefault(id, List.of()));
            var after = Roles.visible(work, id);
            work.audit("importRoles", tenant, id, befores.get(id), after);
            imported.add(after);
        }
        return imported;
    }

    private static String known(Work work, String tenant, String name) {
        var row = work.one(
                "select id from accounts.roles where tenant is not distinct from $1 and lower(name) = lower($2) for"
                        + " no key update",
                tenant,
                name);
        return row == null ? null : row.getString("id");
    }

    private static List<String> included(Work work, String tenant, Entry entry, Map<String, String> ids) {
        var included = new ArrayList<String>();
        for (var name : entry.includes()) {
            var id = ids.get(name.toLowerCase(Locale.ROOT));
            id = id != null ? id : known(work, tenant, name);
            id = id != null ? id : known(work, null, name);
            if (id == null) {
                throw Failure.invalid(
                        "roles", "The role '" + entry.name() + "' includes '" + name + "', which is not there.");
            }
            included.add(id);
        }
        return included;
    }
}
