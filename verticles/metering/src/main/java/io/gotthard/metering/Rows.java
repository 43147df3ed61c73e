package io.gotthard.metering;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;

/** Objects as columns: an array for each, which is what the functions of the database take. */
final class Rows<T> {

    private final List<T> rows;
    private final Tuple parameters;

    /** @param parameters what the columns are added to */
    Rows(List<T> rows, Tuple parameters) {
        this.rows = rows;
        this.parameters = parameters;
    }

    Rows<T> longs(Function<T, Long> column) {
        return add(new Long[rows.size()], column);
    }

    Rows<T> ints(Function<T, Integer> column) {
        return add(new Integer[rows.size()], column);
    }

    Rows<T> shorts(Function<T, Short> column) {
        return add(new Short[rows.size()], column);
    }

    Rows<T> texts(Function<T, String> column) {
        return add(new String[rows.size()], column);
    }

    /** JSON that is hardly ever there: none at all, if no row has any, which the database then takes for null. */
    Rows<T> rareObjects(Function<T, JsonObject> column) {
        boolean none = rows.stream().allMatch(row -> column.apply(row) == null);
        return none ? addAll(new Object[0]) : add(new Object[rows.size()], column::apply);
    }

    private <C> Rows<T> add(C[] values, Function<T, C> column) {
        for (int i = 0; i < values.length; i++) {
            values[i] = column.apply(rows.get(i));
        }
        return addAll(values);
    }

    private Rows<T> addAll(Object[] values) {
        parameters.addValue(values);
        return this;
    }
}
