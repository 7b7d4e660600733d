#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

/// A short load run of everything. The program itself compares what was pushed with what the sink got; here only its
/// exit code and its figures' form are looked at, never their size: that is for an optimised build on a quiet machine.
namespace {

namespace json = boost::json;

class LoadRun : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        file_ = std::filesystem::path{testing::TempDir()} / ("load_run_test." + std::to_string(getpid()) + ".json");
        const std::string command = std::string{ASR_STREAM_LOAD_BENCH} +
                                    " --rounds 1 --seconds 1 --warmup 0.4 --streams 20 --final-seconds 1"
                                    " --scale-streams 40 --wss-streams 10 --json " +
                                    file_.string();
        status_ = std::system(command.c_str());
        std::stringstream text;
        text << std::ifstream{file_}.rdbuf();
        boost::system::error_code error;
        figures_ = json::parse(text.str(), error);
    }
    static void TearDownTestSuite() {
        std::filesystem::remove(file_);
        std::filesystem::remove(file_.string() + ".ca.pem");
    }

    static inline std::filesystem::path file_;
    static inline int status_ = -1;
    static inline json::value figures_;
};

TEST_F(LoadRun, DeliversEveryFrameAndWritesEveryFigureOfEachDesign) {
    ASSERT_TRUE(WIFEXITED(status_) && WEXITSTATUS(status_) == 0) << "status " << status_;
    ASSERT_TRUE(figures_.is_object());
    for (const char* design : {"engine", "engine_batched", "floor", "incident"}) {
        const json::object& figures = figures_.at(design).as_object();
        for (const char* key : {"cpu_cores", "frames_per_s", "us_per_frame", "us_per_frame_q1", "us_per_frame_q3",
                                "rss_kib_per_stream", "allocs_per_frame_push"}) {
            ASSERT_TRUE(figures.contains(key)) << design << ' ' << key;
            EXPECT_TRUE(figures.at(key).is_number()) << design << ' ' << key;
        }
        EXPECT_EQ(figures.at("streams").to_number<int>(), 20) << design;
        EXPECT_EQ(figures.at("rounds").to_number<int>(), 1) << design;
        EXPECT_TRUE(figures.contains("late_frames")) << design;
        EXPECT_EQ(figures.at("allocs_per_frame_loop").is_null(), std::string_view{design} == "floor");
    }
}

TEST_F(LoadRun, CountsAllocationsWhereTheyAre) {
    ASSERT_TRUE(figures_.is_object());
    EXPECT_EQ(figures_.at("floor").at("allocs_per_frame_push").to_number<double>(), 0);
    EXPECT_GT(figures_.at("incident").at("allocs_per_frame_push").to_number<double>(), 5);
    EXPECT_EQ(figures_.at("engine").at("allocs_per_frame_push").to_number<double>(), 0);
}

TEST_F(LoadRun, CoversManyStreamsAndTls) {
    ASSERT_TRUE(figures_.is_object());
    EXPECT_EQ(figures_.at("scale_40").at("streams").to_number<int>(), 40);
    EXPECT_GT(figures_.at("scale_40").at("frames").to_number<int>(), 0);
    EXPECT_EQ(figures_.at("wss").at("streams").to_number<int>(), 10);
    EXPECT_TRUE(figures_.at("wss").at("rss_kib_per_stream").is_number());
}

TEST(LoadRunArguments, AreCheckedBeforeAnythingStarts) {
    const std::string program = std::string{ASR_STREAM_LOAD_BENCH};
    EXPECT_NE(std::system((program + " --rounds 0 2>/dev/null").c_str()), 0);
    EXPECT_NE(std::system((program + " --slot-ms 3 2>/dev/null").c_str()), 0);
    EXPECT_NE(std::system((program + " --json /no/such/folder/load.json 2>/dev/null").c_str()), 0);
}

}  // namespace
