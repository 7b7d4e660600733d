#include "audio/speech_changes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace asr_stream::audio {
namespace {

/// What is to be told, B for a beginning and E for an end.
std::string told(SpeechChanges& changes) {
    std::string text;
    while (const auto begins = changes.take()) text += *begins ? 'B' : 'E';
    EXPECT_FALSE(changes.any());
    return text;
}

void note(SpeechChanges& changes, const std::string& heard) {
    for (const char one : heard) changes.note(one == '+');
}

TEST(SpeechChanges, TellsBeginningAndEndOnce) {
    SpeechChanges changes;
    EXPECT_FALSE(changes.any());
    note(changes, "---++");
    EXPECT_TRUE(changes.any());
    EXPECT_EQ(told(changes), "B");
    note(changes, "+++");
    EXPECT_EQ(told(changes), "");
    note(changes, "--");
    EXPECT_EQ(told(changes), "E");
}

TEST(SpeechChanges, TellsAllThatHappenedSinceTheLastLook) {
    SpeechChanges changes;
    note(changes, "+-+--+");
    EXPECT_EQ(told(changes), "BEBEB");
    note(changes, "-+-");
    EXPECT_EQ(told(changes), "EBE");
}

TEST(SpeechChanges, WhatWasForgottenDoesNotDisturbTheTurns) {
    SpeechChanges changes;
    note(changes, "+");
    EXPECT_EQ(told(changes), "B");
    note(changes, "-+-");
    changes.forget();
    EXPECT_TRUE(changes.any()) << "it is still to be told that it is silent now";
    EXPECT_EQ(told(changes), "E");
    note(changes, "+-");
    changes.forget();
    EXPECT_EQ(told(changes), "");
    note(changes, "+");
    changes.forget();
    note(changes, "-");
    EXPECT_EQ(told(changes), "") << "a beginning that was forgotten has no end";
}

}  // namespace
}  // namespace asr_stream::audio
