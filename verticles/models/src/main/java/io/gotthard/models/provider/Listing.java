package io.gotthard.models.provider;

import io.gotthard.models.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How an upstream is asked which models it has, and how it answers.
 *
 * @param path what is asked with {@code GET}, after the upstream's URL
 * @param list the member of the answer that has the models
 * @param name the member of each that has its name
 */
record Listing(String path, Map<String, String> headers, String list, String name) {

    /** More are no list, but a mistake. */
    private static final int MOST = 1_000;

    private static final int LONGEST = 200;
    private static final String RESOURCE = "models/";

    /** The models in an answer, in its order, each once. */
    List<Found> read(JsonObject answer) {
        if (!(answer.getValue(list) instanceof JsonArray models)) {
            throw UpstreamFailure.malformed();
        }
        var found = new ArrayList<Found>();
        var names = new HashSet<String>();
        for (var entry : models) {
            var model = new Node(entry);
            var id = model.get(name).words();
            var known = id.startsWith(RESOURCE) ? id.substring(RESOURCE.length()) : id;
            var kinds = kinds(model);
            boolean usable = !known.isEmpty() && known.length() <= LONGEST && !kinds.isEmpty();
            if (usable && found.size() < MOST && names.add(known)) {
                found.add(new Found(known, kinds));
            }
        }
        return List.copyOf(found);
    }

    /** What it says that it can do, if it does: Gemini names methods, Ollama what it is made of. */
    private static Set<Kind> kinds(Node model) {
        var methods = model.get("supportedGenerationMethods");
        if (methods.there()) {
            var kinds = EnumSet.noneOf(Kind.class);
            for (var method : methods.items()) {
                switch (method.words()) {
                    case "generateContent" -> kinds.add(Kind.CHAT);
                    case "embedContent" -> kinds.add(Kind.EMBEDDING);
                    default -> {}
                }
            }
            return kinds;
        }
        var family = model.get("details").get("family").words();
        return family.contains("bert") ? Set.of(Kind.EMBEDDING) : Found.ANY;
    }
}
