/** What at least three verticles need. Nothing in here knows what a model, a key or a price is. */
package io.gotthard.kit;
