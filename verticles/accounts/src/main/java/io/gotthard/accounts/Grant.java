package io.gotthard.accounts;

import io.gotthard.contracts.Permissions;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;

/**
 * What an account may do in a tenant, by the sets of rules of which the lowest level counts.
 *
 * @param administrator whether it is a system administrator, who is limited by scopes only
 * @param ceiling the tenant's, or null if it has none
 * @param roles the union of the account's roles
 * @param scopes the key's, or null if it has none
 * @param boundModel the one model that the key is for, or null; it is for nothing else then
 */
record Grant(boolean administrator, List<String> ceiling, List<String> roles, List<String> scopes, String boundModel) {

    /** Reads the columns {@code administrator}, {@code ceiling}, {@code rules}, {@code scopes}, {@code bound_model}. */
    static Grant of(Row row) {
        return new Grant(
                row.getBoolean("administrator"),
                list(row, "ceiling"),
                list(row, "rules"),
                list(row, "scopes"),
                row.getString("bound_model"));
    }

    static List<String> list(Row row, String column) {
        var values = row.getArrayOfStrings(column);
        return values == null ? null : List.of(values);
    }

    /** The sets; none at all only for an administrator who is not limited. */
    List<List<String>> sets() {
        var sets = new ArrayList<List<String>>();
        if (!administrator) {
            if (ceiling != null) {
                sets.add(ceiling);
            }
            sets.add(roles);
        }
        if (scopes != null) {
            sets.add(scopes);
        }
        if (boundModel != null) {
            sets.add(List.of(ruleOf(boundModel)));
        }
        return sets;
    }

    JsonArray json() {
        var json = new JsonArray();
        sets().forEach(set -> json.add(new JsonArray(set)));
        return json;
    }

    Permissions permissions() {
        var sets = sets();
        return sets.isEmpty() ? Permissions.ALL : Permissions.of(sets);
    }

    /** The rule that allows the use of a model. */
    static String ruleOf(String model) {
        return "gotthard.user.model." + model;
    }

    /** The same for a key with these scopes, for that model. */
    Grant limitedTo(List<String> others, String model) {
        return new Grant(administrator, ceiling, roles, others, model);
    }
}
