package io.gotthard.router;

/**
 * What is wrong with a request body, in words for the client.
 *
 * @param param the field at fault in OpenAI's notation ({@code messages[0].content}), or null if it is the body itself
 * @param message what was expected and what was found; repeats at most {@value Finding#ECHO} characters of a client's
 *     value
 */
record Violation(String param, String message) {}
