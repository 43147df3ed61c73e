package io.gotthard.contracts;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A type of events: what it is called, whether work may depend on it, and how its record becomes JSON and comes back. */
public final class EventShape {

    /** What an event is for. */
    public enum Kind {
        /** Work depends on it. */
        CONTROL,
        /** It only informs, and nothing may depend on it. */
        DISPLAY;

        /** As schemas have it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Set<Class<?>> DISPLAY = Set.of(
            EventData.ChunkAdded.class,
            EventData.ThoughtAdded.class,
            EventData.MessageDropped.class,
            EventData.UsageRecorded.class,
            EventData.ErrorOccurred.class,
            EventData.TitleSuggested.class,
            EventData.FollowUpsSuggested.class,
            EventData.CustomReported.class);

    private static final Map<Class<?>, EventShape> BY_RECORD = Arrays.stream(EventData.class.getPermittedSubclasses())
            .map(EventShape::new)
            .collect(Collectors.toUnmodifiableMap(shape -> shape.record, Function.identity()));

    private static final Map<String, EventShape> BY_TYPE =
            BY_RECORD.values().stream().collect(Collectors.toUnmodifiableMap(EventShape::type, Function.identity()));

    private final Class<?> record;
    private final String type;
    private final Constructor<?> constructor;
    private final Map<String, RecordComponent> members = new LinkedHashMap<>();

    private EventShape(Class<?> record) {
        this.record = record;
        this.type = typeOf(record);
        var components = record.getRecordComponents();
        for (var component : components) {
            members.put(words(component.getName(), "_"), component);
        }
        try {
            constructor = record.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The one rule of names: {@code FollowUpsSuggested} is {@code follow_ups.suggested}, what happened behind the last point. */
    private static String typeOf(Class<?> record) {
        var words = words(record.getSimpleName(), "_");
        int verb = words.lastIndexOf('_');
        return words.substring(0, verb) + "." + words.substring(verb + 1);
    }

    private static String words(String camelCase, String separator) {
        return camelCase.replaceAll("(?<=.)(?=[A-Z])", separator).toLowerCase(Locale.ROOT);
    }

    /** That of a record. */
    static EventShape of(Class<?> record) {
        return BY_RECORD.get(record);
    }

    /**
     * That of a type.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static EventShape of(String type) {
        var shape = BY_TYPE.get(type);
        if (shape == null) {
            throw new IllegalArgumentException("there is no type of events '" + type + "'");
        }
        return shape;
    }

    /** The names of all types. */
    public static Set<String> types() {
        return BY_TYPE.keySet();
    }

    /** What it is called, as in {@code message.created}. */
    public String type() {
        return type;
    }

    /** What its events are for. */
    public Kind kind() {
        return DISPLAY.contains(record) ? Kind.DISPLAY : Kind.CONTROL;
    }

    /** The members of its data, in order. */
    List<String> members() {
        return List.copyOf(members.keySet());
    }

    JsonObject json(EventData data) {
        var json = new JsonObject();
        members.forEach((name, component) -> {
            var value = value(component, data);
            if (value != null) {
                json.put(name, value);
            }
        });
        return json;
    }

    private static Object value(RecordComponent component, EventData data) {
        try {
            return component.getAccessor().invoke(data);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    EventData read(JsonObject json) {
        var values = members.entrySet().stream()
                .map(member -> read(member.getKey(), member.getValue().getType(), json.getValue(member.getKey())))
                .toArray();
        try {
            return (EventData) constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(type + ": " + e.getCause().getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private Object read(String name, Class<?> wanted, Object value) {
        if (value == null) {
            if (wanted.isPrimitive()) {
                throw new IllegalArgumentException(type + " needs a member '" + name + "'");
            }
            return null;
        }
        var read = converted(wanted, value);
        if (read == null) {
            throw new IllegalArgumentException("the member '" + name + "' of " + type + " has to be "
                    + words(wanted.getSimpleName(), " ").replace("integer", "int"));
        }
        return read;
    }

    /** Null if it is something else than is wanted. */
    private static Object converted(Class<?> wanted, Object value) {
        if (wanted == int.class || wanted == Integer.class) {
            return isWhole(value) && ((Number) value).intValue() == ((Number) value).longValue()
                    ? ((Number) value).intValue()
                    : null;
        }
        if (wanted == long.class || wanted == Long.class) {
            return isWhole(value) ? ((Number) value).longValue() : null;
        }
        if (wanted == boolean.class || wanted == Boolean.class) {
            return value instanceof Boolean ? value : null;
        }
        return wanted == Object.class || (wanted.isInstance(value) && isJson(value)) ? value : null;
    }

    private static boolean isWhole(Object value) {
        return value instanceof Integer || value instanceof Long;
    }

    private static boolean isJson(Object value) {
        return value instanceof String || value instanceof JsonObject || value instanceof JsonArray;
    }
}
