package io.gotthard.platform;

import io.gotthard.kit.SettingsException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** What was not understood, or otherwise than it was meant, in a configuration of LiteLLM; and what its references mean. */
final class LiteLlmReport {

    private record Note(int line, int column, String text) {}

    private static final String REFERENCE = "os.environ/";

    private final Function<String, String> variables;
    private final boolean forPeople;
    private final List<Note> notes = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Map<String, String> own = new LinkedHashMap<>();

    /**
     * A report with nothing in it.
     *
     * @param variables gives the value of a variable of the environment, or null
     * @param forPeople whether what is made will be shown, and so has no secret in it
     */
    LiteLlmReport(Function<String, String> variables, boolean forPeople) {
        this.variables = variables;
        this.forPeople = forPeople;
    }

    void note(Said place, String what) {
        notes.add(new Note(place.line(), place.column(), place.finding(what)));
    }

    /** A number, or null; what should be one and is none is noted. */
    BigDecimal number(Said said) {
        var number = said.number();
        if (number == null && said.there()) {
            note(said, "not understood: it should be a number");
        }
        return number;
    }

    /** Notes the members that are not known here. */
    void others(Said section, Set<String> known) {
        section.members().forEach((key, value) -> {
            if (!known.contains(key) && value.there()) {
                note(value, "not understood");
            }
        });
    }

    /** What was noted, each once, in the order of the file. */
    List<String> notes() {
        return notes.stream()
                .distinct()
                .sorted(Comparator.comparingInt(Note::line).thenComparingInt(Note::column))
                .map(Note::text)
                .toList();
    }

    /** Variables that the file sets itself. */
    void set(Said section) {
        section.members().forEach((name, value) -> {
            if (value.text() != null) {
                own.put(name, value.text());
            }
        });
    }

    /** The value of a variable, or null. */
    String variable(String name) {
        var given = variables.apply(name);
        return given == null || given.isBlank() ? own.get(name) : given;
    }

    /** A text as ours has it, with its reference to the environment if it is one; null if there is none. */
    String text(Said said) {
        var text = said.text();
        if (text == null) {
            return null;
        }
        if (!text.startsWith(REFERENCE)) {
            return text.replace("${", "$${");
        }
        var name = text.substring(REFERENCE.length());
        if (variable(name) == null && !forPeople) {
            problems.add(said.finding("the environment variable " + name + " is not set"));
        }
        return "${" + name + "}";
    }

    /** The same of what nobody may see. */
    String secret(Said said, String shownAs) {
        var text = text(said);
        if (text == null || !forPeople || text.startsWith("${")) {
            return text;
        }
        note(said, "a secret that is not shown: set the variable " + shownAs);
        return "${" + shownAs + "}";
    }

    /** What a text is that {@link #text} made. */
    String value(String text) {
        boolean refers = text != null && text.startsWith("${") && text.endsWith("}");
        return refers ? variable(text.substring(2, text.length() - 1)) : text;
    }

    /** @throws SettingsException if something is missing without which nothing can be begun */
    void throwIfAnyProblem() {
        if (!problems.isEmpty()) {
            throw new SettingsException(problems.stream().distinct().toList());
        }
    }
}
