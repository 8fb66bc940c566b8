// What QuickFIX makes of messages by a dictionary: one line for each line of standard input, which holds
// a message.
//
//   judge DICTIONARY
//
// Prints "loaded" or "refused WHY", then for each message "ok", a SessionRejectReason and a tag, or
// "unread" for what is no message to it.

#include <iostream>
#include <string>

#include <quickfix/DataDictionary.h>
#include <quickfix/Message.h>

namespace {

std::string judged(const FIX::DataDictionary& dictionary, const std::string& text) {
    const auto at = [](int reason, int tag) { return std::to_string(reason) + " " + std::to_string(tag); };
    try {
        FIX::Message message;
        message.setString(text, false, &dictionary, &dictionary);
        dictionary.validate(message);
        return "ok";
    } catch (const FIX::InvalidTagNumber& e) {
        return at(0, e.field);
    } catch (const FIX::RequiredTagMissing& e) {
        return at(1, e.field);
    } catch (const FIX::TagNotDefinedForMessage& e) {
        return at(2, e.field);
    } catch (const FIX::NoTagValue& e) {
        return at(4, e.field);
    } catch (const FIX::IncorrectTagValue& e) {
        return at(5, e.field);
    } catch (const FIX::IncorrectDataFormat& e) {
        return at(6, e.field);
    } catch (const FIX::InvalidMessageType&) {
        return at(11, 35);
    } catch (const FIX::RepeatedTag& e) {
        return at(13, e.field);
    } catch (const FIX::IncorrectMessageStructure&) {
        return at(14, 0);
    } catch (const FIX::RepeatingGroupCountMismatch& e) {
        return at(16, e.field);
    } catch (const std::exception&) {
        return "unread";
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "judge DICTIONARY" << std::endl;
        return 2;
    }
    try {
        const FIX::DataDictionary dictionary{std::string(argv[1])};
        std::cout << "loaded" << std::endl;
        for (std::string line; std::getline(std::cin, line);) std::cout << judged(dictionary, line) << '\n';
    } catch (const std::exception& error) {
        std::cout << "refused " << error.what() << std::endl;
    }
    return 0;
}
