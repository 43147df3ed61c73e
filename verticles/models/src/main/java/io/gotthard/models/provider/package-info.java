/**
 * One file for each protocol that an upstream may speak. {@link io.gotthard.models.provider.OpenAi} sends and receives for all of them,
 * in the words of a {@code Translator}; behind {@link io.gotthard.models.provider.Provider}, like the built-in demo.
 */
package io.gotthard.models.provider;
