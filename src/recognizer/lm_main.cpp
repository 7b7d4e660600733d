#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "recognizer/dictionary.hpp"
#include "recognizer/trigram.hpp"

/// asr-stream-lm: makes a recognizer's trigram and dictionary from sentences.
namespace {

using asr_stream::recognizer::Dictionary;
using asr_stream::recognizer::Trigram;

struct Options {
    std::string sentences;
    std::string leave_out;
    std::vector<std::string> dictionaries;
    std::string trigram_out;
    std::string dictionary_out;
};

struct Sentence {
    std::string name;
    std::vector<std::string> words;
};

/// Lines of "name<TAB>words". Throws std::runtime_error with file and line.
std::vector<Sentence> read_sentences(const std::string& path) {
    std::ifstream file{path};
    if (!file) throw std::runtime_error{path + ": cannot be read"};
    std::vector<Sentence> result;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        const auto tab = line.find('\t');
        if (tab == std::string::npos)
            throw std::runtime_error{path + " line " + std::to_string(number) + ": \"name<TAB>words\" is wanted"};
        std::istringstream text{line.substr(tab + 1)};
        result.push_back({line.substr(0, tab), {std::istream_iterator<std::string>{text}, {}}});
    }
    return result;
}

std::string without_extension(const std::string& name) {
    return name.ends_with(".wav") ? name.substr(0, name.size() - 4) : name;
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file{path, std::ios::binary};
    file << text;
    if (!file.flush()) throw std::runtime_error{path + ": cannot be written"};
}

std::string pronounce(const std::set<std::string>& words, const std::vector<Dictionary>& dictionaries) {
    std::string lines;
    std::string unknown;
    for (const auto& word : words) {
        std::size_t variant = 0;
        for (const auto& dictionary : dictionaries) {
            if (variant > 0) break;
            for (const auto phones : dictionary.pronunciations(word)) {
                ++variant;
                lines +=
                    word + (variant > 1 ? '(' + std::to_string(variant) + ')' : "") + ' ' + std::string{phones} + '\n';
            }
        }
        if (variant == 0) unknown += ' ' + word;
    }
    if (!unknown.empty()) throw std::runtime_error{"words in no dictionary:" + unknown};
    return lines;
}

void run(const Options& options) {
    std::set<std::string> left_out;
    if (!options.leave_out.empty()) {
        for (const auto& sentence : read_sentences(options.leave_out))
            left_out.insert(without_extension(sentence.name));
    }
    std::vector<Dictionary> dictionaries;
    for (const auto& path : options.dictionaries) {
        auto dictionary = Dictionary::load(path);
        if (!dictionary) throw std::runtime_error{dictionary.error().message()};
        dictionaries.push_back(*std::move(dictionary));
    }
    Trigram trigram;
    std::set<std::string> words;
    for (const auto& sentence : read_sentences(options.sentences)) {
        words.insert(sentence.words.begin(), sentence.words.end());
        if (!left_out.contains(without_extension(sentence.name))) trigram.add(sentence.words);
    }
    if (!options.dictionary_out.empty()) write_file(options.dictionary_out, pronounce(words, dictionaries));
    if (!options.trigram_out.empty()) write_file(options.trigram_out, trigram.to_arpa());
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Makes a trigram (ARPA) and a dictionary from sentences, one a line: name<TAB>words."};
    Options options;
    app.add_option("sentences", options.sentences, "the sentences")->required();
    app.add_option("--leave-out", options.leave_out, "sentences, by their names, that the trigram must not know");
    app.add_option("--dictionary", options.dictionaries, "pronunciations; the first file that has a word counts");
    app.add_option("--trigram-out", options.trigram_out, "where the trigram goes");
    app.add_option("--dictionary-out", options.dictionary_out, "where the words with their pronunciations go");
    CLI11_PARSE(app, argc, argv);
    try {
        run(options);
    } catch (const std::exception& error) {
        std::cerr << "asr-stream-lm: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
