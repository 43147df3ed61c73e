package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The path, query and header parameters of one operation, and what the contract says of them. What it does not name is ignored, and
 * does not reach the verticle. The verticle gets texts, as they were sent; what is absent and has a default is there with it. A header
 * is known by its name in lower case, however it is written.
 */
final class Parameters {

    private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,18}");

    /** Those have meanings of their own in HTTP, and an OpenAPI document cannot declare them as parameters. */
    private static final Set<String> NOT_PARAMETERS = Set.of("accept", "authorization", "content-type");

    private enum Place {
        PATH,
        QUERY,
        HEADER
    }

    /**
     * One of them.
     *
     * @param place where it is
     * @param kind the only kind of value it takes: a string, an integer or a boolean
     * @param repeatable whether a header may be there several times, which then are one list
     * @param otherwise what it is if absent, or null
     */
    private record Parameter(
            String name,
            Place place,
            boolean required,
            boolean repeatable,
            int kind,
            Schema schema,
            String otherwise) {}

    private final List<Parameter> parameters;

    private Parameters(List<Parameter> parameters) {
        this.parameters = List.copyOf(parameters);
    }

    /**
     * Reads those of an operation, and those of its path.
     *
     * @throws IllegalArgumentException if one can't be checked in full
     */
    static Parameters of(Definition document, Definition path, Definition operation) {
        // As OpenAPI has it, an operation's parameter replaces its path's of the same name and place.
        Map<String, Parameter> found = new LinkedHashMap<>();
        for (Definition owner : List.of(path, operation)) {
            for (Definition given : owner.list("parameters")) {
                Definition definition = resolve(document, given);
                Parameter parameter = parameter(document, definition);
                found.put(parameter.place() + " " + parameter.name(), parameter);
            }
        }
        if (found.values().stream().map(Parameter::name).distinct().count() < found.size()) {
            throw operation.fault("two parameters have the same name");
        }
        return new Parameters(new ArrayList<>(found.values()));
    }

    /** The definition itself, or what it refers to. */
    static Definition resolve(Definition document, Definition definition) {
        return definition.has("$ref") ? document.at(definition.text("$ref"), definition) : definition;
    }

    private static Parameter parameter(Definition document, Definition parameter) {
        Place place = switch (parameter.text("in")) {
            case "path" -> Place.PATH;
            case "query" -> Place.QUERY;
            case "header" -> Place.HEADER;
            default -> throw parameter.fault("only parameters in path, query and header can be checked");
        };
        String name = place == Place.HEADER ? parameter.text("name").toLowerCase(Locale.ROOT) : parameter.text("name");
        if (place == Place.HEADER && NOT_PARAMETERS.contains(name)) {
            throw parameter.fault("the header '" + name + "' can't be a parameter");
        }
        boolean required = Boolean.TRUE.equals(parameter.json().get("required"));
        Definition schema = resolve(document, parameter.child("schema"));
        int kind = schema.kinds();
        if (kind != Kind.STRING && kind != Kind.INTEGER && kind != Kind.BOOLEAN) {
            throw parameter.fault("a parameter is a string, an integer or a boolean");
        }
        Object otherwise = schema.json().get("default");
        Schema check = Schema.compile(document.json(), schema.where());
        if (otherwise != null && (required || check.check(otherwise) != null)) {
            throw parameter.fault("the default is not valid, or never used");
        }
        boolean repeatable =
                place == Place.HEADER && Boolean.TRUE.equals(parameter.json().get("x-repeatable"));
        return new Parameter(
                name, place, required, repeatable, kind, check, otherwise == null ? null : otherwise.toString());
    }

    /**
     * Reads and checks those of a request.
     *
     * @throws Failure 400 with the first that is not as the contract says
     */
    Map<String, String> read(RoutingContext context) {
        if (parameters.isEmpty()) {
            return Map.of();
        }
        // Most requests have none of those that they may have.
        Map<String, String> values = Map.of();
        for (var parameter : parameters) {
            var value = value(context, parameter);
            if (values.isEmpty() && (value != null || parameter.otherwise() != null)) {
                values = new HashMap<>();
            }
            if (value != null) {
                check(parameter, value);
                values.put(parameter.name(), value);
            } else if (parameter.required()) {
                throw Failure.invalid(parameter.name(), "Missing required parameter: '" + parameter.name() + "'.");
            } else if (parameter.otherwise() != null) {
                values.put(parameter.name(), parameter.otherwise());
            }
        }
        return values.isEmpty() ? values : Map.copyOf(values);
    }

    private static String value(RoutingContext context, Parameter parameter) {
        var name = parameter.name();
        return switch (parameter.place()) {
            case PATH -> context.pathParam(name);
            case QUERY -> only(name, context.queryParams().getAll(name));
            case HEADER -> context.request().headers().contains(name) ? header(context, parameter) : null;
        };
    }

    private static String header(RoutingContext context, Parameter parameter) {
        var values = context.request().headers().getAll(parameter.name());
        return parameter.repeatable() ? String.join(",", values) : only(parameter.name(), values);
    }

    private static String only(String name, List<String> values) {
        if (values.size() > 1) {
            throw Failure.invalid(name, "The parameter '" + name + "' is there more than once.");
        }
        return values.isEmpty() ? null : values.getFirst();
    }

    private static void check(Parameter parameter, String text) {
        var violation = parameter.schema().check(value(parameter.kind(), text), parameter.name());
        if (violation != null) {
            throw Failure.invalid(violation.param(), violation.message());
        }
    }

    /** What the text stands for; if it is of another kind, the text itself, which the schema then refuses. */
    private static Object value(int kind, String text) {
        if (kind == Kind.INTEGER && INTEGER.matcher(text).matches()) {
            return Long.valueOf(text);
        }
        if (kind == Kind.BOOLEAN && (text.equals("true") || text.equals("false"))) {
            return Boolean.valueOf(text);
        }
        return text;
    }
}
