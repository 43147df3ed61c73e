package io.gotthard.platform;

import java.util.Map;

/**
 * What LiteLLM calls a provider.
 *
 * @param protocol ours
 * @param url where it is if nothing else is said, or null
 * @param key the variable in which LiteLLM looks for its key, or null if it wants none
 */
record LiteLlmProvider(String protocol, String url, String key) {

    private static final String OPENAI = "openai";

    private static final Map<String, LiteLlmProvider> ALL = Map.ofEntries(
            of(OPENAI, OPENAI, "https://api.openai.com/v1", "OPENAI_API_KEY"),
            of("text-completion-openai", OPENAI, "https://api.openai.com/v1", "OPENAI_API_KEY"),
            of("azure", "azure", null, "AZURE_API_KEY"),
            of("anthropic", "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
            of("gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"),
            of("ollama", "ollama", "http://localhost:11434", null),
            of("ollama_chat", "ollama", "http://localhost:11434", null),
            of("bedrock", "bedrock", null, null),
            of("bedrock_converse", "bedrock", null, null),
            of("hosted_vllm", OPENAI, null, "HOSTED_VLLM_API_KEY"),
            of("openai_like", OPENAI, null, "OPENAI_LIKE_API_KEY"),
            of("litellm_proxy", OPENAI, null, "LITELLM_PROXY_API_KEY"),
            of("lm_studio", OPENAI, null, "LM_STUDIO_API_KEY"),
            of("llamafile", OPENAI, "http://127.0.0.1:8080/v1", null),
            of("mistral", OPENAI, "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
            of("groq", OPENAI, "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
            of("deepseek", OPENAI, "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
            of("together_ai", OPENAI, "https://api.together.xyz/v1", "TOGETHERAI_API_KEY"),
            of("fireworks_ai", OPENAI, "https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY"),
            of("openrouter", OPENAI, "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
            of("xai", OPENAI, "https://api.x.ai/v1", "XAI_API_KEY"),
            of("perplexity", OPENAI, "https://api.perplexity.ai", "PERPLEXITYAI_API_KEY"),
            of("cerebras", OPENAI, "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
            of("nvidia_nim", OPENAI, "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY"),
            of("deepinfra", OPENAI, "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
            of("sambanova", OPENAI, "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"));

    private static Map.Entry<String, LiteLlmProvider> of(String name, String protocol, String url, String key) {
        return Map.entry(name, new LiteLlmProvider(protocol, url, key));
    }

    /** The one of that name, or null if we can't speak to it. */
    static LiteLlmProvider named(String name) {
        return ALL.get(name);
    }

    /** The name of that to which a model belongs that is named without one, or null. */
    static String ofModel(String model) {
        if (model.matches("(gpt-|chatgpt-|o[134](-|$)|text-embedding-|dall-e|whisper|tts-|omni-moderation).*")) {
            return OPENAI;
        }
        return model.startsWith("claude-") ? "anthropic" : null;
    }
}
