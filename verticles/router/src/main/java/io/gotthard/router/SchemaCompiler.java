package io.gotthard.router;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Turns JSON Schemas of one document into checks. It refuses what it does not know rather than leave it unchecked, and
 * what could cost more than time linear in the size of a value: a pattern that backtracks, or a schema that recurses
 * in two ways at the same place.
 */
final class SchemaCompiler {
    private static final Set<String> ANNOTATIONS = Set.of(
            "title",
            "description",
            "default",
            "example",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "format",
            "externalDocs",
            "$comment");
    private static final Set<String> KEYWORDS = Set.of(
            "$ref",
            "type",
            "enum",
            "const",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "pattern",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "oneOf",
            "anyOf",
            "allOf",
            "not");

    /** A literal start and one repeated set of characters: all an identifier needs, and it cannot backtrack. */
    private static final Pattern LINEAR =
            Pattern.compile("\\^([\\w:/-]*\\[[^\\[\\]\\\\&^]+](?:[*+]|\\{\\d+(?:,\\d*)?})?)\\$");

    private final Definition document;
    private final Map<String, Check> compiled = new HashMap<>();
    private final Map<String, Check.Recursion> underway = new HashMap<>();
    private final Map<String, Set<String>> loopsOf = new HashMap<>();

    /** The references, among those under way, that lead back from what is being compiled. */
    private Set<String> loops = new HashSet<>();

    /** The references passed since the last step into a property or element: one of these again would never end. */
    private Set<String> sameValue = new HashSet<>();

    /**
     * @param document what {@code $ref} refers to
     */
    SchemaCompiler(Map<String, Object> document) {
        this.document = new Definition(document, "#");
    }

    /**
     * @param pointer where the schema is in the document, as in a {@code $ref}
     * @throws IllegalArgumentException if the schema is not one this class understands; the message says where and why
     */
    Check compile(String pointer) {
        return reference(pointer, document);
    }

    private Check schema(Definition schema) {
        for (String keyword : schema.json().keySet()) {
            if (!KEYWORDS.contains(keyword) && !ANNOTATIONS.contains(keyword) && !keyword.startsWith("x-")) {
                throw schema.fault("the keyword '" + keyword + "' is not one the router can check");
            }
        }
        List<Check> more = new ArrayList<>();
        int recursions = 0;
        if (schema.has("$ref")) {
            recursions += recurses(() -> more.add(reference(schema.text("$ref"), schema)));
        }
        for (Definition part : schema.list("allOf")) {
            recursions += recurses(() -> more.add(schema(part)));
        }
        for (String union : List.of("oneOf", "anyOf")) {
            if (schema.has(union)) {
                recursions += recurses(() -> more.add(union(schema.list(union), union.equals("oneOf"))));
            }
        }
        if (schema.has("not")) {
            if (recurses(() -> more.add(new Check.Not(schema(schema.child("not"))))) > 0) {
                throw schema.fault("it recurses under 'not', which would accept what is nested too deeply");
            }
        }
        if (schema.has("enum")) {
            more.add(choice(schema, schema.values("enum")));
        }
        if (schema.has("const")) {
            more.add(choice(schema, Collections.singletonList(schema.json().get("const"))));
        }
        Check.Items[] items = new Check.Items[1];
        Check.Fields[] fields = new Check.Fields[1];
        recursions += recurses(() -> {
            items[0] = items(schema);
            fields[0] = fields(schema);
        });
        if (recursions > 1) {
            throw schema.fault("it recurses in more than one way, which could take exponential time");
        }
        int kinds = more.stream().mapToInt(Check::kinds).reduce(schema.kinds(), (a, b) -> a & b);
        if (kinds == 0) {
            throw schema.fault("no value can be valid");
        }
        Check.Node node =
                new Check.Node(kinds, text(schema), bounds(schema), items[0], fields[0], more.toArray(Check[]::new));
        return node.simplified();
    }

    private Check reference(String pointer, Definition from) {
        Check known = compiled.get(pointer);
        if (known != null) {
            loops.addAll(loopsOf.get(pointer));
            return known;
        }
        if (sameValue.contains(pointer)) {
            throw from.fault("the reference " + pointer + " leads back to itself without end");
        }
        if (underway.containsKey(pointer)) {
            loops.add(pointer);
            return underway.get(pointer);
        }
        Definition target = document.at(pointer, from);
        Check.Recursion self = new Check.Recursion(target.kinds());
        underway.put(pointer, self);
        sameValue.add(pointer);
        Set<String> outer = loops;
        loops = new HashSet<>();
        Check check = schema(target);
        self.resolve(check);
        sameValue.remove(pointer);
        underway.remove(pointer);
        loops.remove(pointer);
        loopsOf.put(pointer, loops);
        outer.addAll(loops);
        loops = outer;
        compiled.put(pointer, check);
        return check;
    }

    /** Compiles a part and returns 1 if it leads back to a schema that is under way, else 0. */
    private int recurses(Runnable part) {
        Set<String> outer = loops;
        loops = new HashSet<>();
        part.run();
        loops.retainAll(underway.keySet());
        int found = loops.isEmpty() ? 0 : 1;
        outer.addAll(loops);
        loops = outer;
        return found;
    }

    /** Compiles the schema of a property or an element. */
    private Check inside(Definition schema) {
        Set<String> outer = sameValue;
        sameValue = new HashSet<>();
        Check check = schema(schema);
        sameValue = outer;
        return check;
    }

    private Check union(List<Definition> branches, boolean exactlyOne) {
        List<Check> checks = new ArrayList<>();
        int recursive = recurses(() -> branches.forEach(branch -> checks.add(schema(branch))));
        Union union = new Union(checks, Tags.of(document, branches, checks), exactlyOne);
        if (recursive > 0 && union.ambiguous()) {
            throw branches.getFirst().fault("it recurses, and its alternatives cannot be told apart by type");
        }
        return union;
    }

    private static Check choice(Definition schema, List<?> values) {
        int kinds = 0;
        for (Object value : values) {
            if (!(value == null || value instanceof String || value instanceof Boolean)) {
                throw schema.fault("enum and const may only hold strings, booleans and null");
            }
            kinds |= Kind.of(value);
        }
        return new Check.Choice(kinds, values);
    }

    private Check.Items items(Definition schema) {
        if (Stream.of("items", "minItems", "maxItems").noneMatch(schema::has)) {
            return null;
        }
        Check each = schema.has("items") ? inside(schema.child("items")) : null;
        return new Check.Items(schema.size("minItems", 0), schema.size("maxItems", Integer.MAX_VALUE), each);
    }

    private Check.Fields fields(Definition schema) {
        if (Stream.of("properties", "required", "additionalProperties").noneMatch(schema::has)) {
            return null;
        }
        Map<String, Check> known = new HashMap<>();
        schema.children("properties").forEach((name, property) -> known.put(name, inside(property)));
        Check rest = Check.ANYTHING;
        if (schema.json().get("additionalProperties") instanceof Boolean allowed) {
            rest = allowed ? Check.ANYTHING : null;
        } else if (schema.has("additionalProperties")) {
            rest = inside(schema.child("additionalProperties"));
        }
        return new Check.Fields(schema.texts("required").toArray(String[]::new), known, rest);
    }

    private static Check.Text text(Definition schema) {
        if (Stream.of("minLength", "maxLength", "pattern").noneMatch(schema::has)) {
            return null;
        }
        Pattern pattern = null;
        if (schema.has("pattern")) {
            var linear = LINEAR.matcher(schema.text("pattern"));
            if (!linear.matches()) {
                throw schema.fault("a pattern must have the form ^literal[characters]{min,max}$, so that it is linear");
            }
            pattern = Pattern.compile(linear.group(1));
        }
        return new Check.Text(
                schema.size("minLength", 0),
                schema.size("maxLength", Integer.MAX_VALUE),
                pattern,
                pattern == null ? null : schema.text("pattern"));
    }

    private static Check.Bounds bounds(Definition schema) {
        if (Stream.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
                .noneMatch(schema::has)) {
            return null;
        }
        double atLeast = schema.limit("minimum", Double.NEGATIVE_INFINITY);
        double moreThan = schema.limit("exclusiveMinimum", Double.NEGATIVE_INFINITY);
        double atMost = schema.limit("maximum", Double.POSITIVE_INFINITY);
        double lessThan = schema.limit("exclusiveMaximum", Double.POSITIVE_INFINITY);
        double lowest = Math.max(atLeast, moreThan);
        double highest = Math.min(atMost, lessThan);
        return new Check.Bounds(
                lowest,
                schema.has("exclusiveMinimum") && moreThan >= atLeast,
                highest,
                schema.has("exclusiveMaximum") && lessThan <= atMost);
    }
}
